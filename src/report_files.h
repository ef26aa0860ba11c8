/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recordings that a report is made from: opened by path, those of one host that follow
 * each other put together. It speaks for the report, which is pure.
 */
#ifndef GICV4TOP_REPORT_FILES_H
#define GICV4TOP_REPORT_FILES_H

#include "report.h"

struct report_file {
	const char *path;		/* borrowed */
	struct rec_play play;
	uint64_t boot_real_ns;		/* wall clock when its host was booted; 0: not known */
};

struct report_files {
	struct report_file *files;	/* owned; by host and time once opened */
	uint32_t nr;
};

/* Opens all of @paths. 0 or -errno, having said why; report_files_close() always. */
int report_files_open(struct report_files *fs, const char *const *paths, uint32_t nr);
void report_files_close(struct report_files *fs);

/*
 * The report of those files, from number @first on, that make one timeline; @ret_next: the
 * first that does not. What had to be skipped is said. 0; -ENODATA: nothing of them is in
 * the window; -errno, having said why. report_clear() always.
 */
int report_files_report(struct report_files *fs, uint32_t first, const struct report_opts *opts,
			struct report *ret_report, uint32_t *ret_next);

#endif
