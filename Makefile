# fodns: make run, make check; `make help` lists the rest.

VERSION := $(shell cat VERSION)
BUILD = build
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSCONFDIR ?= /etc
PKG_CONFIG ?= pkg-config

# Library: its name for pkg-config, and the Debian package to install when it is missing.
LIBRARIES := yaml-0.1:libyaml-dev libcurl:libcurl4-openssl-dev json-c:libjson-c-dev ldns:libldns-dev \
	libbsd:libbsd-dev libmicrohttpd:libmicrohttpd-dev liburcu-qsbr:liburcu-dev libcares:libc-ares-dev \
	libssl:libssl-dev libcrypto:libssl-dev libpcre2-8:libpcre2-dev
PC := $(foreach l,$(LIBRARIES),$(firstword $(subst :, ,$(l))))

PROGRAMS := $(sort $(patsubst bin/%.c,%,$(wildcard bin/fodns.c bin/fodns-*.c)))
FLOORS := base model core codec edge
UNITS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wundef $(if $(WERROR),-Werror)
cc-option = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))
HARDEN := -D_GNU_SOURCE -fPIE -fstack-protector-strong $(call cc-option,-fstack-clash-protection) \
	$(call cc-option,-ftrivial-auto-var-init=zero) $(if $(SANITIZE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
ALL_CFLAGS = -std=gnu11 $(WARN) $(HARDEN) $(CFLAGS) $(SANITIZE) -Ilib -Ibin \
	-DFODNS_VERSION='"$(VERSION)"' $(PC_CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS) $(SANITIZE)
LIBS = $(PC_LIBS) -lev -lm -lpthread

PC_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PC) 2>/dev/null)
PC_LIBS := $(shell $(PKG_CONFIG) --libs $(PC) 2>/dev/null)

all: $(PROGRAMS:%=$(BUILD)/bin/%)

# ---- libraries: one archive a floor; a program links all, a unit test its floor and those below

FLOOR_SRC = $(wildcard lib/$(1)/*.c)
define floor
$(BUILD)/lib$(1).a: $$(patsubst %.c,$(BUILD)/%.o,$$(call FLOOR_SRC,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach f,$(FLOORS),$(eval $(call floor,$(f))))

$(BUILD)/%.o: %.c | need-libraries
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What is below each floor, itself first: the order of the linker.
UNDER_bin := bin edge codec core model base
UNDER_edge := edge codec model base
UNDER_codec := codec model base
UNDER_core := core model base
UNDER_model := model base
UNDER_base := base
ARCHIVES := $(foreach f,edge codec core model base,$(BUILD)/lib$(f).a)

# bin/ has a file for each program, and what several of them share, which is not named fodns-*.
SHARED_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(filter-out bin/fodns.c bin/fodns-%.c,$(wildcard bin/*.c)))
$(BUILD)/libbin.a: $(SHARED_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/bin/%: $(BUILD)/bin/%.o $(BUILD)/libbin.a $(ARCHIVES)
	@echo "  LD   $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

.SECONDEXPANSION:
UNIT_FLOOR = $(firstword $(subst /, ,$(1)))
$(UNITS:%=$(BUILD)/tests/unit/%): $(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o \
    $$(foreach f,$$(UNDER_$$(call UNIT_FLOOR,$$*)),$(BUILD)/lib$$f.a)
	@echo "  LD   $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# Every object is wanted again; none is deleted as intermediate.
.SECONDARY:

need-libraries:
	@tests/need-libraries $(PKG_CONFIG) $(LIBRARIES)

# ---- what people run

# On as many processors as there are, unless make was told.
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

deps:
	@tests/deps

run:
	@tests/deps run
	+@$(SUBMAKE) all
	@FODNS_BIN=$(BUILD)/bin examples/quickstart.sh

demo:
	@tests/deps check
	+@$(SUBMAKE) all $(BUILD)/tests/tools/target
	@FODNS_BIN=$(BUILD)/bin examples/demo.sh $(BUILD)/tests/tools/target

# ---- tests

TOOLS := $(patsubst tests/tools/%.c,$(BUILD)/tests/tools/%,$(wildcard tests/tools/*.c))
$(BUILD)/tests/tools/%: tests/tools/%.c
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -O2 -g $(WARN) -D_GNU_SOURCE -o $@ $<

# What serve does for a query, without sockets; for the benchmarks.
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(ARCHIVES)
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

REPLAYS := $(FUZZERS:%=$(BUILD)/tests/fuzz/%.replay)
$(BUILD)/tests/fuzz/%.replay: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay/main.o $(ARCHIVES)
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The longest begin first: they wait for most of their time, and the others run meanwhile.
LONGEST = tests/e2e/masters.t tests/cli/check-icmp.t tests/cli/check-hostile.t tests/e2e/kill.t
TEST_FILES = $(LONGEST) $(UNITS:%=$(BUILD)/tests/unit/%) $(wildcard tests/fuzz/*.t) $(wildcard tests/golden/*.t) \
	$(wildcard tests/model/*.t) $(filter-out $(LONGEST),$(wildcard tests/cli/*.t) $(wildcard tests/e2e/*.t))
test-programs: all $(UNITS:%=$(BUILD)/tests/unit/%) $(TOOLS) $(REPLAYS) $(BUILD)/tests/bench/answers

check:
	@tests/deps check
	+@$(SUBMAKE) test-programs
	@BUILD=$(abspath $(BUILD)) tests/run check $(TEST_FILES)

# The same suite with every program under the sanitizers.
asan: deps
	+@$(SUBMAKE) BUILD=$(BUILD)/asan CC=clang CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' test-programs
	@BUILD=$(abspath $(BUILD))/asan tests/run asan $(patsubst $(BUILD)/%,$(BUILD)/asan/%,$(TEST_FILES))

# What has threads: serve's worker and check's writer, in units and whole.  A report in any log fails its test.
TSAN_TESTS := $(BUILD)/tsan/tests/unit/edge/writer tests/cli/fodns-serve.t tests/cli/fodns-serve-activation.t \
	tests/cli/fodns-check.t tests/cli/check-exec.t tests/e2e/road.t tests/e2e/live.t tests/e2e/mutate.t
tsan: deps
	+@$(SUBMAKE) BUILD=$(BUILD)/tsan CC=clang CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=thread' test-programs
	@TSAN_OPTIONS=second_deadlock_stack=1 BUILD=$(abspath $(BUILD))/tsan tests/run tsan $(TSAN_TESTS)

# HISTORIES random ones beside the reference model, from SEED on; what differs is made small and kept.
HISTORIES ?= 20000
SEED ?= 1
torture: deps
	+@$(SUBMAKE) all
	@mkdir -p $(BUILD)/torture
	@HISTORIES=$(HISTORIES) SEED=$(SEED) JOBS=$(shell nproc) KEEP=$(abspath $(BUILD))/torture VERBOSE=1 \
	    BUILD=$(abspath $(BUILD)) tests/run torture tests/model/random.t

# Lines that the suite reaches, file by file, worst first.
cover:
	@tests/deps check
	+@$(SUBMAKE) BUILD=$(BUILD)/cover CC=gcc CFLAGS='-O0 -g' SANITIZE=--coverage test-programs
	@BUILD=$(abspath $(BUILD))/cover tests/run cover $(patsubst $(BUILD)/%,$(BUILD)/cover/%,$(TEST_FILES))
	@find $(BUILD)/cover/lib $(BUILD)/cover/bin -name '*.gcda' | xargs gcov -n -r 2>/dev/null | \
	    awk -F"'" '/^File/ {f = $$2} /^Lines/ {split($$0, a, /[:%]/); if (f ~ /\.c$$/) print a[2] "%\t" f; f = ""}' | sort -n

# Both compilers without a warning, floors and walls, shell, man pages.
lint: deps
	+@$(SUBMAKE) BUILD=$(BUILD)/gcc CC=gcc WERROR=1 test-programs
	+@$(SUBMAKE) BUILD=$(BUILD)/clang CC=clang WERROR=1 test-programs
	@BUILD=$(abspath $(BUILD))/gcc tests/run lint tests/lint.t

tally:
	@BUILD=$(abspath $(BUILD)) tests/run tally

# FUZZ_SECONDS for each target, new inputs in build/fuzz/corpus.
FUZZ_SECONDS ?= 60
fuzz: deps
	+@$(SUBMAKE) BUILD=$(BUILD)/fuzz CC=clang CFLAGS='-O1 -g' \
	    SANITIZE='-fsanitize=address,undefined,fuzzer-no-link' $(FUZZERS:%=$(BUILD)/fuzz/%)
	@for t in $(FUZZERS); do mkdir -p $(BUILD)/fuzz/corpus/$$t && \
	    $(BUILD)/fuzz/$$t -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=2048 \
	    $(BUILD)/fuzz/corpus/$$t tests/fuzz/corpus/$$t || exit 1; done

$(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(ARCHIVES)
	@$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

bench:
	@tests/deps check
	+@$(SUBMAKE) all $(TOOLS) $(BUILD)/tests/bench/answers
	@FODNS_BIN=$(abspath $(BUILD)/bin) TOOLS=$(abspath $(BUILD))/tests/tools tests/bench/run $(BENCH)

# ---- installing

MANS = $(wildcard man/*.[1578])
UNIT_FILES = $(wildcard examples/systemd/*.service examples/systemd/*.socket)
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSCONFDIR)/fodns
	install -m 755 $(PROGRAMS:%=$(BUILD)/bin/%) $(DESTDIR)$(BINDIR)
	for m in $(MANS); do s=$${m##*.}; install -d $(DESTDIR)$(MANDIR)/man$$s && \
	    install -m 644 $$m $(DESTDIR)$(MANDIR)/man$$s/ || exit 1; done
	for u in $(UNIT_FILES); do sed 's|@BINDIR@|$(BINDIR)|g' $$u \
	    >$(DESTDIR)$(UNITDIR)/$${u##*/} || exit 1; done
	install -d $(DESTDIR)$(PREFIX)/lib/sysusers.d
	install -m 644 examples/systemd/fodns.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/fodns.conf
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d \
	    $(DESTDIR)$(PREFIX)/share/doc/fodns
	install -m 644 completions/fodns.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/fodns
	for p in $(filter-out fodns,$(PROGRAMS)); do ln -sf fodns \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$p || exit 1; done
	install -m 644 completions/_fodns $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_fodns
	install -m 644 completions/fodns.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/fodns.fish
	install -m 644 README.md NEWS.md LICENSE $(wildcard examples/*.yaml) $(DESTDIR)$(PREFIX)/share/doc/fodns

uninstall:
	rm -f $(PROGRAMS:%=$(DESTDIR)$(BINDIR)/%) $(foreach m,$(MANS),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
	rm -f $(patsubst examples/systemd/%,$(DESTDIR)$(UNITDIR)/%,$(UNIT_FILES))
	rm -f $(PROGRAMS:%=$(DESTDIR)$(PREFIX)/share/bash-completion/completions/%) \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_fodns $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/fodns.fish
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/fodns.conf
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/fodns

dist:
	@mkdir -p $(BUILD)
	git archive --prefix=fodns-$(VERSION)/ -o $(BUILD)/fodns-$(VERSION).tar.gz HEAD

# A tarball builds, passes its tests and installs without the git checkout.
distcheck: dist
	rm -rf $(BUILD)/distcheck && mkdir -p $(BUILD)/distcheck
	tar -xzf $(BUILD)/fodns-$(VERSION).tar.gz -C $(BUILD)/distcheck
	$(MAKE) -C $(BUILD)/distcheck/fodns-$(VERSION) check BUILD=build
	$(MAKE) -C $(BUILD)/distcheck/fodns-$(VERSION) install DESTDIR=$(abspath $(BUILD))/distcheck/root

# The completions are written from the programs' own tables of options.
completions: all
	@FODNS_BIN=$(BUILD)/bin completions/generate

compile_commands.json: Makefile
	@$(MAKE) -s -n -B BUILD=$(BUILD) test-programs | awk -v d="$(CURDIR)" -f tests/compile-commands.awk >$@

clean:
	rm -rf $(BUILD) compile_commands.json

help:
	@sed -n 's/^\([a-z-]*\):.*/\1/p' Makefile | sort -u | tr '\n' ' '; echo

.PHONY: all need-libraries deps run demo test-programs check asan tsan torture cover lint tally fuzz bench install \
	uninstall dist distcheck completions clean help

-include $(shell find $(BUILD)/lib $(BUILD)/bin $(BUILD)/tests -name '*.d' 2>/dev/null)
