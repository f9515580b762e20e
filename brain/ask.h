/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The brain's second spine: what no rule settles is asked of a language model. The model is believed in what vet.h lets pass; where it
 * cannot be asked in time, or not be believed, the rules' own decision stands, which calls for people, and says why. Never fails for the model's
 * sake.
 */
#pragma once

#include "brain/decide.h"

/* questions → decisions. Its shared context is the struct desk. */
extern const struct stage ask_stage;
