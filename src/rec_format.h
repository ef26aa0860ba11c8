/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recording's format, as gicv4top-recording(5) specifies it: fixed parts as they
 * lie in the file (little endian), ids, limits. A change here is a change of the page;
 * what older readers would misread is a new major version.
 */
#ifndef GICV4TOP_REC_FORMAT_H
#define GICV4TOP_REC_FORMAT_H

#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "recordings are little endian");

#define REC_MAGIC		"\x89G4REC\r\n"
#define REC_MAJOR		1U
#define REC_MINOR		0U
#define REC_CHUNK_MAGIC		0x4b433447U	/* "G4CK" */
#define REC_FOOTER_MAGIC	0x4e453447U	/* "G4EN" */

#define REC_MAX_BODY		(64U << 20)	/* bytes of a chunk's body, */
#define REC_MAX_RAW		(64U << 20)	/*  of all its sections once inflated, */
#define REC_MAX_RECORDS		(4U << 20)	/*  records of a chunk, */
#define REC_MAX_VMS		(1U << 14)	/*  VMs that it names, */
#define REC_MAX_VPES		(1U << 16)	/*  vPEs: as many as vPE IDs have values */

struct rec_file_header {
	char magic[8];
	uint16_t major, minor;
	uint32_t header_len;		/* of this header: chunks begin there */
	uint64_t file_id;		/* drawn at random: chunks of one recording have it too */
	uint32_t reserved;
	uint32_t crc;			/* crc32 of all before it */
};
_Static_assert(sizeof(struct rec_file_header) == 32, "file format");

enum rec_chunk_kind { REC_CHUNK_EVENTS = 1, REC_CHUNK_INDEX = 2 };

#define REC_CHUNK_KEY	(1U << 0)	/* has the whole state at its begin */
#define REC_CHUNK_GAP	(1U << 1)	/* records are missing in it, or before it */
#define REC_CHUNK_IN_GAP (1U << 2)	/* they are at its begin: its first gap op is an end */

struct rec_chunk_header {
	uint32_t magic;
	uint8_t kind, flags;
	uint16_t header_len;		/* of this header: the body begins there */
	uint64_t seq;			/* 0, 1, 2 ... */
	uint64_t first_ns;		/* CLOCK_MONOTONIC of its first record: its epoch */
	uint64_t last_ns;		/* the latest; one that came late may lie before first_ns */
	uint32_t nr_records;
	uint32_t nr_lost;		/* records of this time that were lost, on all CPUs */
	uint32_t body_len;
	uint32_t body_crc;
	uint64_t file_id;
	uint32_t reserved;
	uint32_t crc;			/* crc32 of all before it */
};
_Static_assert(sizeof(struct rec_chunk_header) == 64, "file format");

enum rec_section {
	REC_META = 1,			/* text, KEY=VALUE lines */
	REC_VMS,			/* whom records speak of */
	REC_VPES,
	REC_CPUS,			/* counts of records and losses */
	REC_OPS,			/* records: what, a byte each */
	REC_TIMES,			/*  when, */
	REC_REFS,			/*  who, where it is not who it was before, */
	REC_PCPUS,			/*  where, where that is not where it was, */
	REC_ARGS,			/*  and what else */
	REC_LONGS,			/* rare records */
	REC_SAMPLES,
	REC_STATE,			/* counts so far, VLPIs: of a key chunk */
	REC_INDEX,			/* of the index chunk, which has only this */
	REC_NR_SECTIONS,
};

enum rec_coding { REC_STORED = 0, REC_ZLIB = 1 };

struct rec_section_header {
	uint8_t id, coding;
	uint16_t reserved;
	uint32_t disk_len, raw_len;
	uint32_t count;			/* of what it holds */
};
_Static_assert(sizeof(struct rec_section_header) == 16, "file format");

struct rec_index_entry {
	uint64_t seq, offset, first_ns, last_ns;
	uint32_t nr_records, nr_lost;
	uint32_t flags;			/* REC_CHUNK_* */
	uint32_t len;			/* header and body */
};
_Static_assert(sizeof(struct rec_index_entry) == 48, "file format");

/* What the index says of a chunk with the header h at offset, in bytes from the file's begin. */
static inline struct rec_index_entry rec_index_entry_of(const struct rec_chunk_header *h,
							uint64_t offset)
{
	return (struct rec_index_entry){
		.seq = h->seq,
		.offset = offset,
		.first_ns = h->first_ns,
		.last_ns = h->last_ns,
		.nr_records = h->nr_records,
		.nr_lost = h->nr_lost,
		.flags = h->flags,
		.len = (uint32_t)(sizeof(*h) + h->body_len),
	};
}

struct rec_footer {			/* the file's last bytes */
	uint64_t index_offset;
	uint64_t file_id;
	uint32_t crc;			/* crc32 of all before it */
	uint32_t magic;
};
_Static_assert(sizeof(struct rec_footer) == 24, "file format");

/* The low four bits of an op; bits 4 and 5 are its flags. */
enum rec_op {
	REC_OP_LOAD = 1,		/* F0: answers the vPE's last useful doorbell */
	REC_OP_PUT,			/* F0: a doorbell was requested */
	REC_OP_PUT_DONE,		/* F0: pending_last; F1: arg: Dirty wait in ns */
	REC_OP_DOORBELL,		/* F0, F1: enum g4_doorbell */
	REC_OP_DOORBELL_DONE,
	REC_OP_SLEEP,
	REC_OP_WAKE,			/* F0: answers the vPE's last useful doorbell */
	REC_OP_ENTRY,			/* F1: arg: Dirty wait in ns */
	REC_OP_VMOVP,			/* arg: ns that the command took */
	REC_OP_SW_LPI,			/* ref: of a VM, always there */
	REC_OP_DOORBELL_COUNTED,	/* as DOORBELL; it counted a pending_last */
	REC_OP_LOAD_ARG,		/* arg: ns since the doorbell that it answers */
	REC_OP_WAKE_ARG,
	REC_OP_SPECIAL,			/* F0, F1: enum rec_special */
	REC_OP_LONG,			/* the next of REC_LONGS */
};

#define REC_OPF_0	(1U << 4)
#define REC_OPF_1	(1U << 5)	/* LOAD, LOAD_ARG: it counted a pending_last */
#define REC_OPF_REF	(1U << 6)	/* a ref follows: another vPE than of the op before */
#define REC_OPF_PCPU	(1U << 7)	/* a pcpu follows: not the vPE's last one */

enum rec_special {
	REC_GAP_BEGIN,			/* from here on records may be missing, */
	REC_GAP_END,			/*  up to here */
	REC_SAMPLE,			/* the next of REC_SAMPLES */
	REC_BACK,			/* the next record is arg ns earlier than this time */
};

#endif
