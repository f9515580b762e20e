/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a model may choose from: every action that would be lawful for the case, complete with target and values, made of typed
 * facts alone. A model names one by its id; what is not on the list cannot be chosen. Pure.
 */
#pragma once

#include "brain/decision.h"

#define CANDIDATES_MOST 24 /* more than the facts of one container give */
#define CANDIDATE_ID_SIZE 4
#define CANDIDATE_NONE "NONE"

struct candidate {
    char id[CANDIDATE_ID_SIZE]; /* "A1" … */
    struct strbuf words;        /* "go back to revision 3 (ReplicaSet web-good)" */
    struct decision choice;     /* status, action, parameters, command; nothing else */
};

struct candidates {
    struct candidate items[CANDIDATES_MOST];
    size_t count;
};

/* None where the facts do not name a workload whose controller would carry it out, or where a tool keeps it as it is. The
 * caller frees them. */
void candidates_find(struct candidates *out, const struct facts *facts);
void candidates_free(struct candidates *candidates);

/* The one of this id, or NULL. */
struct candidate *candidates_get(struct candidates *candidates, const char *id);

/* Whether an item of evidence is a K item of a kind that can speak for the action. */
int candidate_is_backed_by(const struct candidate *candidate, const json_t *item);
