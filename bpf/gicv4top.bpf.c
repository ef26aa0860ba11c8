// SPDX-License-Identifier: GPL-2.0
/*
 * The BPF object: all programs in one unit, so that they share one set of
 * maps. Which of them are loaded, and where each goes, is up to src/hooks.c.
 */
#include "common.bpf.h"
#include "residency.bpf.h"
#include "doorbell.bpf.h"
#include "mapping.bpf.h"
#include "inject.bpf.h"
#include "taken.bpf.h"
#include "walk.bpf.h"

char LICENSE[] SEC("license") = "GPL";
