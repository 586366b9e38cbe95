/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the benchmarks share: a clock, medians of interleaved runs, and one place that prints results. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

uint64_t bench_now_ns(void);

/*
 * A contestant: run() performs the work once and returns 0; prepare() comes before each run and is not timed.
 */
struct bench_contestant {
	const char *name;
	int (*prepare)(void *ctx);
	int (*run)(void *ctx);
	void *ctx;
	double median_ns;
};

/* Runs all contestants in turn, many rounds, so that a busy machine hurts them alike. Exits with a message on error. */
void bench_interleaved(struct bench_contestant *c, size_t n);

/* How many rounds, from now on; 15 at first. Odd, so that the median is one of them. */
void bench_rounds(size_t n);

/*
 * Results: bench_ratio() for what is compared, bench_figure() for plain numbers; as text or, after bench_json(1), JSON.
 * goal: "<= X", ">= X" or "< X", what the ratio or the number has to be; "" for none. Whether it is met is printed.
 */
void bench_json(int on);
void bench_ratio(const char *what, double ours, double theirs, const char *unit, const char *goal);
void bench_figure(const char *what, double value, const char *unit, const char *goal);
void bench_end(void);

#endif
