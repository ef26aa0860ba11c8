/* SPDX-License-Identifier: GPL-2.0 */
/* Names that people know things by: a VM's, a device's. Read from /proc and /sys. */
#ifndef GICV4TOP_NAMES_H
#define GICV4TOP_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "model.h"

/*
 * Name of the guest in a VMM's command line of @len bytes (NUL-separated, as
 * /proc/PID/cmdline): QEMU's "-name NAME" or "-name guest=NAME,...". Returns
 * false if there is none. Control characters become '?'.
 */
bool names_from_cmdline(const char *cmdline, size_t len, char *buf, size_t size);

/* The guest's vsock CID in a VMM's command line, 0 if there is none. */
uint32_t names_cid_from_cmdline(const char *cmdline, size_t len);

/*
 * PCI address in an interrupt's action, e.g. "vfio-msix[3](0000:01:00.0)".
 * Returns false if there is none.
 */
bool names_device_from_action(const char *action, char *buf, size_t size);

/* For model_update(): looks at the live host. */
void names_live(struct model_names *ret_names);

#endif
