// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a log of HdrHistogram on stdin with its own reader for JavaScript, and prints what it
 * finds as JSON: a line each, and every value that was recorded with its count.
 */
"use strict";
const fs = require("fs");
const hdr = require("hdr-histogram-js");

const reader = new hdr.HistogramLogReader(fs.readFileSync(0, "utf8"), 64);
let h;

while ((h = reader.nextIntervalHistogram())) {
	const values = [];
	const { countsArrayLength } = h;

	for (let i = 0; i < countsArrayLength; i++) {
		const count = h.getCountAtIndex(i);

		if (count)
			values.push([h.lowestEquivalentValue(h.valueFromIndex(i)),
				     h.highestEquivalentValue(h.valueFromIndex(i)), count]);
	}
	console.log(JSON.stringify({
		tag: h.tag,
		start_ms: h.startTimeStampMsec,
		end_ms: h.endTimeStampMsec,
		count: h.totalCount,
		min: h.minNonZeroValue,
		max: h.maxValue,
		p50: h.getValueAtPercentile(50),
		p90: h.getValueAtPercentile(90),
		p99: h.getValueAtPercentile(99),
		p999: h.getValueAtPercentile(99.9),
		values,
	}));
}
