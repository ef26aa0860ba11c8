/* SPDX-License-Identifier: GPL-2.0 */
/* What the JSON of all commands has in common. NULL is JSON's null. */
#ifndef GICV4TOP_JSON_H
#define GICV4TOP_JSON_H

#include <json-c/json.h>

#include "model.h"
#include "out.h"

#define JSON_SCHEMA	1

static inline void js_put(struct json_object *o, const char *name, struct json_object *value)
{
	json_object_object_add(o, name, value);
}

struct json_object *js_count(uint64_t value);
struct json_object *js_count_if(bool known, uint64_t value);
struct json_object *js_text(const char *value);	/* null for "" and NULL */
struct json_object *js_number(double value);	/* three places */
struct json_object *js_number_if(bool known, double value);

struct json_object *js_latency(const struct model_latency *l);
void js_put_shares(struct json_object *o, bool known, const struct model_shares *s);

/* What vPEs and VMs have; @figures: HOOK_FIG_* that are known. */
void js_put_counts(struct json_object *o, uint32_t figures, const struct model_counts *c);

struct json_object *js_losses(const struct model *m);
struct json_object *js_host(const struct out_info *info);

/* An object that begins as all do: schema, time_ns, interval_ns, host, losses. NULL: no memory. */
struct json_object *js_begin(const struct model *m, const struct out_info *info);

/* Writes and frees @root: one line. 0, -ENOMEM or -errno of the write. */
int js_write(struct json_object *root, FILE *f);

#endif
