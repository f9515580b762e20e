/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells a long word that was made by chance (a key, a token, a signature) from one that people made up (a
 * path, a class, the name of an object) and from one that only identifies (a digest, a commit, a trace). Pure.
 */
#pragma once

#include "common/base/pattern.h"

/* Takes a word of letters, digits and + / _ - in text; leaves of it what may be a secret: all or nothing. */
void random_word_look(const char *text, struct span *word);
