// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the trace's text; see trace_json.h. Times are microseconds with three places, so
 * that nothing of a nanosecond is lost. Errors of the stream show at its end.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "trace_json.h"

#define FLOW_CAT	"doorbell"
#define FLOW_NAME	"answers"

/* Bytes of the UTF-8 character at @p, 0: it is none. */
static unsigned int utf8_len(const unsigned char *p)
{
	unsigned int len = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 :
			   *p >= 0xe0 && *p < 0xf0 ? 3 : *p >= 0xf0 && *p < 0xf5 ? 4 : 0, i;

	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	/* too long a form, a surrogate, beyond the last */
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

/* A string of JSON. Names come out of a file: what is no character becomes '?'. */
static void put_string(FILE *f, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned int len;

	fputc('"', f);
	for (; *p; p += len ? len : 1) {
		len = utf8_len(p);
		if (!len || *p < 0x20 || *p == 0x7f)
			fputc('?', f);
		else if (*p == '"' || *p == '\\')
			fprintf(f, "\\%c", *p);
		else
			fwrite(p, 1, len, f);
	}
	fputc('"', f);
}

void trace_begin(struct trace_json *t, FILE *f, uint64_t base_ns)
{
	*t = (struct trace_json){ .f = f, .base_ns = base_ns };
	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n", f);
}

void trace_end_events(struct trace_json *t)
{
	fputs("\n],\"otherData\":{", t->f);
}

void trace_other(struct trace_json *t, const char *key, const char *text, bool first)
{
	if (!first)
		fputc(',', t->f);
	put_string(t->f, key);
	fputc(':', t->f);
	put_string(t->f, text);
}

int trace_end(struct trace_json *t)
{
	fputs("}}\n", t->f);
	if (fflush(t->f))
		return -errno;
	return ferror(t->f) ? -EIO : 0;
}

void trace_event(struct trace_json *t, char ph, struct trace_track track, uint64_t ts_ns,
		 const char *cat, const char *name)
{
	uint64_t ns = ts_ns > t->base_ns ? ts_ns - t->base_ns : 0;

	fprintf(t->f, "%s{\"ph\":\"%c\",\"pid\":%u,\"tid\":%u", t->any ? ",\n" : "", ph, track.pid,
		track.tid);
	if (ph != 'M')
		fprintf(t->f, ",\"ts\":%" PRIu64 ".%03u", ns / 1000, (unsigned int)(ns % 1000));
	if (cat)
		fprintf(t->f, ",\"cat\":\"%s\"", cat);
	fputs(",\"name\":", t->f);
	put_string(t->f, name);
	if (ph == 'i')
		fputs(",\"s\":\"t\"", t->f);
	t->any = true;
	t->args = false;
}

static void begin_arg(struct trace_json *t, const char *key)
{
	fputs(t->args ? "," : ",\"args\":{", t->f);
	t->args = true;
	fprintf(t->f, "\"%s\":", key);
}

void trace_number(struct trace_json *t, const char *key, uint64_t value)
{
	begin_arg(t, key);
	fprintf(t->f, "%" PRIu64, value);
}

void trace_text(struct trace_json *t, const char *key, const char *value)
{
	begin_arg(t, key);
	put_string(t->f, value);
}

void trace_done(struct trace_json *t)
{
	fputs(t->args ? "}}" : "}", t->f);
	t->args = false;
}

void trace_flow(struct trace_json *t, char ph, struct trace_track track, uint64_t ts_ns,
		uint64_t id)
{
	trace_event(t, ph, track, ts_ns, FLOW_CAT, FLOW_NAME);
	fprintf(t->f, ",\"id\":%" PRIu64 ",\"bp\":\"e\"", id);
	trace_done(t);
}

static void put_place(struct trace_json *t, struct trace_track track, const char *what,
		      uint32_t place)
{
	trace_event(t, 'M', track, 0, NULL, what);
	trace_number(t, "sort_index", place);
	trace_done(t);
}

void trace_name_process(struct trace_json *t, uint32_t pid, const char *name, uint32_t place)
{
	const struct trace_track track = { pid, 0 };

	trace_event(t, 'M', track, 0, NULL, "process_name");
	trace_text(t, "name", name);
	trace_done(t);
	put_place(t, track, "process_sort_index", place);
}

void trace_name_thread(struct trace_json *t, struct trace_track track, const char *name,
		       uint32_t place)
{
	trace_event(t, 'M', track, 0, NULL, "thread_name");
	trace_text(t, "name", name);
	trace_done(t);
	put_place(t, track, "thread_sort_index", place);
}
