/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int json;
static int printed;
static size_t rounds = 15;

uint64_t bench_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t run_once(struct bench_contestant *c)
{
	uint64_t start;

	if (c->prepare && c->prepare(c->ctx) != 0) {
		fprintf(stderr, "bench: %s: preparing failed\n", c->name);
		exit(1);
	}
	start = bench_now_ns();
	if (c->run(c->ctx) != 0) {
		fprintf(stderr, "bench: %s failed\n", c->name);
		exit(1);
	}
	return bench_now_ns() - start;
}

void bench_rounds(size_t n)
{
	rounds = n;
}

void bench_interleaved(struct bench_contestant *c, size_t n)
{
	uint64_t *ns = calloc(n, rounds * sizeof(*ns));
	size_t i, run;

	if (!ns)
		exit(1);
	for (i = 0; i < n; i++)
		(void)run_once(&c[i]);
	for (run = 0; run < rounds; run++)
		for (i = 0; i < n; i++)
			ns[i * rounds + run] = run_once(&c[i]);
	for (i = 0; i < n; i++) {
		qsort(&ns[i * rounds], rounds, sizeof(*ns), compare);
		c[i].median_ns = (double)ns[i * rounds + rounds / 2];
	}
	free(ns);
}

void bench_json(int on)
{
	json = on;
}

static void separator(void)
{
	if (json)
		printf("%s\n  ", printed ? "," : "[");
	printed = 1;
}

/* A goal is a relation and a number. One that cannot be judged is a mistake in the benchmark, not a result. */
static int is_met(double value, const char *goal)
{
	char relation[3];
	double bound;

	if (sscanf(goal, "%2[<>=] %lf", relation, &bound) == 2) {
		if (!strcmp(relation, "<="))
			return value <= bound;
		if (!strcmp(relation, ">="))
			return value >= bound;
		if (!strcmp(relation, "<"))
			return value < bound;
	}
	fprintf(stderr, "bench: a goal that is none: %s\n", goal);
	exit(1);
}

static void print_goal(double value, const char *goal)
{
	if (json)
		printf("\"goal\": \"%s\", \"met\": %s}", goal,
			!*goal		      ? "null"
			: is_met(value, goal) ? "true"
					      : "false");
	else if (*goal)
		printf("   goal: %s, %s\n", goal, is_met(value, goal) ? "met" : "MISSED");
	else
		printf("\n");
}

void bench_ratio(const char *what, double ours, double theirs, const char *unit, const char *goal)
{
	separator();
	if (json)
		printf("{\"what\": \"%s\", \"ratio\": %.4f, \"ours\": %.3f, \"other\": %.3f, \"unit\": \"%s\", ", what,
			ours / theirs, ours, theirs, unit);
	else
		printf("%-72s %8.3f   (%.1f / %.1f %s)", what, ours / theirs, ours, theirs, unit);
	print_goal(ours / theirs, goal);
}

void bench_figure(const char *what, double value, const char *unit, const char *goal)
{
	separator();
	if (json)
		printf("{\"what\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", ", what, value, unit);
	else
		printf("%-72s %8.1f %s", what, value, unit);
	print_goal(value, goal);
}

void bench_end(void)
{
	if (json)
		printf("%s]\n", printed ? "\n" : "[");
}
