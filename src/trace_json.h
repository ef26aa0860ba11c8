/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes a trace in the JSON trace event format that Perfetto's and Chrome's viewers
 * read: one event at a time, a line each, whatever the trace's length. An event is
 * begun, given arguments, and ended.
 */
#ifndef GICV4TOP_TRACE_JSON_H
#define GICV4TOP_TRACE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct trace_json {
	FILE *f;			/* borrowed */
	uint64_t base_ns;		/* time 0 of the trace */
	bool any, args;			/* an event has been written; this one has arguments */
};

struct trace_track {
	uint32_t pid, tid;		/* a process's and a thread's, as the viewer has them */
};

void trace_begin(struct trace_json *t, FILE *f, uint64_t base_ns);

/* What stands beside the events: a name and a text. Only between trace_end() and close. */
void trace_end_events(struct trace_json *t);
void trace_other(struct trace_json *t, const char *key, const char *text, bool first);
int trace_end(struct trace_json *t);	/* 0 or -errno of the writes */

/*
 * Begins an event: @ph is the format's letter, 'B' and 'E' a slice's ends, 'i' an instant
 * of its track, 'C' a counter, 'M' metadata. Then its arguments, then trace_done().
 */
void trace_event(struct trace_json *t, char ph, struct trace_track track, uint64_t ts_ns,
		 const char *cat, const char *name);
void trace_number(struct trace_json *t, const char *key, uint64_t value);
void trace_text(struct trace_json *t, const char *key, const char *value);
void trace_done(struct trace_json *t);

/* Begin 's', step 't' and end 'f' of an arrow, which binds to the slice open on its track. */
void trace_flow(struct trace_json *t, char ph, struct trace_track track, uint64_t ts_ns,
		uint64_t id);

/* Names of a process or thread, and their place among others. */
void trace_name_process(struct trace_json *t, uint32_t pid, const char *name, uint32_t place);
void trace_name_thread(struct trace_json *t, struct trace_track track, const char *name,
		       uint32_t place);

#endif
