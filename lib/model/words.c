#include <stddef.h>
#include <string.h>

#include "model/words.h"

static int
find(const char *const *words, const char *s)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], s) == 0)
			return i;
	return -1;
}

#define WORDS(x, ...)                                                                              \
	const char *const x##_words[] = {__VA_ARGS__, NULL};                                       \
	const char *x##_word(int v)                                                                \
	{                                                                                          \
		size_t n = sizeof(x##_words) / sizeof(*x##_words) - 1;                             \
		return v >= 0 && (size_t)v < n ? x##_words[v] : "?";                               \
	}                                                                                          \
	int x##_from(const char *s)                                                                \
	{                                                                                          \
		return find(x##_words, s);                                                         \
	}

/* clang-format off */
WORDS(status, "ok", "warn", "fail", "unknown")
WORDS(probe_type, "tcp", "http", "https", "icmp", "tls", "udp", "dns", "exec")
WORDS(exec_codes, "nagios", "posix")
WORDS(votes, "any", "all", "quorum")
WORDS(select, "all", "priority", "weighted", "hash")
WORDS(policy, "any", "all", "quorum", "priority")
WORDS(on_silence, "fallback", "keep", "all")
WORDS(on_all_down, "fallback", "all", "last", "nodata", "servfail", "refused")
WORDS(state, "unknown", "up", "down", "drain")
WORDS(rrtype, "A", "AAAA", "CNAME", "SRV", "TXT")
WORDS(source, "none", "live", "fallback", "all", "last", "keep")
WORDS(rcode, "NOERROR", "SERVFAIL", "REFUSED")
WORDS(override_state, "up", "down", "drain", "clear")
WORDS(event_kind, "target", "tier", "answer", "agent", "override")
WORDS(qtype, "A", "AAAA", "NS", "CNAME", "SOA", "PTR", "MX", "TXT", "SRV", "NAPTR", "CAA", "DS",
      "DNSKEY", "TLSA")
WORDS(dns_rcode, "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN",
      "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE")
