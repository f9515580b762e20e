# SPDX-License-Identifier: Apache-2.0
# make run | test | bench | help. Flavours live in folders of their own: make BUILD=build/asan SANITIZE=1 …
BUILD ?= build
Q = @# make Q= shows every command
CC = gcc
PROCESSES = observer brain actor notifier
PACKAGES = rdkafka libcurl jansson yaml-0.1 libmicrohttpd openssl zlib libpcre2-8
DEBIAN_RUN = gcc libc6-dev make pkg-config ca-certificates curl openssl jq kcat python3 procps util-linux librdkafka-dev libcurl4-openssl-dev \
	libjansson-dev libyaml-dev libmicrohttpd-dev libssl-dev zlib1g-dev libpcre2-dev
DEBIAN_SANDBOX = openjdk-17-jre-headless maven python3-venv # and Go, which it fetches where it is missing
DEBIAN_NODE = containerd runc busybox-static containernetworking-plugins iproute2 # of a real node, which needs root
DEBIAN_TEST = clang-14 clang-format-14 libclang-rt-14-dev libcmocka-dev git iproute2 universal-ctags shellcheck \
	$(if $(filter 0,$(shell id -u)),$(DEBIAN_NODE))
DEBIAN = $(DEBIAN_RUN) $(DEBIAN_SANDBOX) $(DEBIAN_TEST)

CFLAGS = -std=gnu17 -O2 -g -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Werror \
	-fstack-protector-strong -D_FORTIFY_SOURCE=2 -D_GNU_SOURCE -I. $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDLIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lpthread
ifdef SANITIZE
CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -U_FORTIFY_SOURCE
LDFLAGS += -fsanitize=address,undefined
endif
ifdef FUZZ # with CC=clang-14; fuzz targets alone have no main()
CFLAGS += -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -U_FORTIFY_SOURCE
LDFLAGS += -fsanitize=fuzzer,address,undefined
endif
ifdef CRASH_POINTS
CFLAGS += -DAEGIOPS_CRASH_POINTS
endif

sources = $(wildcard $(1)/*.c $(1)/*/*.c $(1)/*/*/*.c)
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1)))
without_main = $(filter-out $(BUILD)/$(1)/main.o,$(call objects,$(1)))
BINARIES = $(PROCESSES:%=$(BUILD)/bin/%)
UNIT_TESTS = $(patsubst %.c,$(BUILD)/%,$(wildcard $(addprefix tests/unit/,*/test_*.c */*/test_*.c */*/*/test_*.c)))
FUZZ_TARGETS = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))

.PHONY: all everything fuzzers setup run test unit pipeline check bench bench-observer fuzz clean help
all: $(BINARIES)

help:
	@echo "make run          the demonstration: sandbox (or your own cluster and brokers), four processes, a repair."
	@echo "                  ONCE=1 ends by itself; NODE=real runs real containers instead of simulated ones (root only)"
	@echo "make test         everything that is tested; ends with 'N passed, N failed'"
	@echo "make unit         unit tests alone (T=tests/unit/… for one of them); make pipeline: system tests alone (T=-k expression)"
	@echo "make check        formatting, layers, privileges, both compilers"
	@echo "make fuzz         libFuzzer on what reads foreign bytes, T=60 seconds for each target (10 without it)"
	@echo "make bench        our rule path beside a bare loop and a Python worker, on one broker"
	@echo "make bench-observer   our observer beside a bare client-go informer, kube-state-metrics and k8sgpt on 10,000 and 50,000 pods"
	@echo "make all | setup | clean"

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $<"
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libcommon.a: $(call objects,common)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(BUILD)/brain/ask/prompt.o: brain/ask/system_prompt.md

define process_rule
$(BUILD)/bin/$(1): $(call objects,$(1)) $(BUILD)/libcommon.a
	@mkdir -p $$(@D)
	@echo "  LD  $$@"
	$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS)
endef
$(foreach p,$(PROCESSES),$(eval $(call process_rule,$(p))))

tested = $(if $(filter $(1),$(PROCESSES)),$(call without_main,$(1)))

# tests/unit/<folder>/… links that folder's objects but its main.o, and the common library.
.SECONDEXPANSION:
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $$(call tested,$$(firstword $$(subst /, ,$$*))) $(BUILD)/libcommon.a
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# What a model replies, the brain reads; all else that is fuzzed is the observer's.
fuzzed = $(call without_main,$(if $(filter fuzz_reply,$(1)),brain,observer))

$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $$(call fuzzed,$$*) $(BUILD)/libcommon.a
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

setup:
	@deploy/setup $(DEBIAN)

run:
	@deploy/setup $(DEBIAN_RUN) $(if $(and $(KUBECONFIG),$(KAFKA_BOOTSTRAP_SERVERS)),,$(DEBIAN_SANDBOX)) \
		$(if $(filter real,$(NODE)),$(DEBIAN_NODE))
	@$(MAKE) -s --no-print-directory -j$$(nproc) all
	@deploy/run $(BUILD)/bin

everything: $(BINARIES) $(UNIT_TESTS) $(BENCHES) $(FUZZ_TARGETS:%=%.o)
fuzzers: $(FUZZ_TARGETS)

test: setup
	@tests/run.py

unit check pipeline bench bench-observer fuzz: setup
	@tests/run.py $@ $(T)

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
