#ifndef FODNS_PROBEKIND_H
#define FODNS_PROBEKIND_H

#include <stdbool.h>
#include <sys/queue.h>

#include "codec/httpresponse.h"
#include "edge/ports.h"
#include "edge/probe.h"
#include "model/outlet.h"

/*
 * What the kinds of probes (probe*.c) share with probe.c, and nobody else.
 *
 * start either has the probe under way or has called probe_end; stop gives back
 * what start took and is called exactly once, also after probe_end.  tick is
 * called after each of the r->parts that start cut the timeout into, but for the
 * last; NULL: not of interest.  look takes what has come and was not read yet,
 * before the timeout counts; NULL: nobody knows when it came.  expire ends what
 * the timeout has passed for; NULL: "timed out".  own_deadline: the kind ends by itself, in time.
 */
struct probe_kind {
	void (*start)(struct probe_run *r, const struct task *t);
	void (*stop)(struct probe_run *r);
	void (*tick)(struct probe_run *r);
	void (*look)(struct probe_run *r);
	void (*expire)(struct probe_run *r);
	bool own_deadline;
	bool ack_waits; /* TCP's last packet of the handshake, for the first data or for ever */
};

extern const struct probe_kind probe_kind_tcp, probe_kind_http, probe_kind_get, probe_kind_icmp;
extern const struct probe_kind probe_kind_talk, probe_kind_tls, probe_kind_udp, probe_kind_dns;
extern const struct probe_kind probe_kind_exec;

enum { PROBE_THIRDS = 3 }; /* the parts of those that ask or look again at each third */

TAILQ_HEAD(probe_list, probe_run);

struct pinger;    /* what icmp probes share, probeicmp.c */
struct web_trip;  /* a request by libcurl, probehttp.c */
struct web_place; /* a redirect's name under way, proberedirect.c */

struct prober { /* what is a pointer is made when first needed */
	struct loop *loop;
	struct prober_options o;
	struct addr resolver_addr;
	struct resolver *resolver;
	struct patterns *patterns;
	struct web_fetchers *fetchers;
	struct web_place *places;
	char *chunk; /* PROBE_CHUNK bytes to read into */
	struct pinger *pinger;
	struct tls_maker *tls;
	struct runner *runner;       /* of commands */
	const struct texts *source; /* of probes that say none; NULL */
	const char *interface;
	struct probe_list runs, ended;
	struct loop_turn turn; /* delivers what ended */
	unsigned running;
	struct ports ports;
};

enum { PROBE_CHUNK = 16384 };

/* What is wanted of an HTTP answer, probeweb.c. */
struct web_want {
	struct code_ranges codes;
	struct pattern *pattern; /* NULL: any body will do */
	bool negated;
};

struct probe_run {
	struct prober *prober;
	const struct probe_kind *kind;
	TAILQ_ENTRY(probe_run) link;
	void (*done)(void *arg, const struct probe_result *res);
	void *arg;
	struct loop_timer timer;
	double start_us;
	double now_ms; /* after the start: probe_late's last look at the clock */
	int64_t timeout_ms;
	int parts, part; /* of the timeout: all, and so far */
	bool ended;
	struct probe_result result;
	char reason[64];
	char *text;   /* what does not fit there, and perfdata */
	struct addr addr;
	int port;
	struct outlet outlet; /* for probe_bind */
	union {
		struct {
			struct loop_io io;
			int fd;
		} tcp;
		struct {
			struct web_want want;
			struct web_trip *trip;
		} http;
		struct {
			struct web_want want;
			struct loop_io io;
			int fd;
			struct buf out; /* the request */
			size_t sent;
			struct httpresponse in;
		} get;
		struct {
			struct echoes_socket *socket;
			uint32_t slot;
			uint32_t answered; /* a bit for each that was sent */
			uint32_t sent_us[PING_COUNT_MOST]; /* after the start */
			int count, need, sends, good, slow, size, max_rtt_ms;
			int err; /* why one could not be sent */
			double sum_ms, least_ms; /* of the good ones, of the slow ones */
		} icmp;
		struct talk *talk; /* probetalk.c */
		struct tls_probe *tls;
		struct udp_probe *udp;
		struct dns_probe *dns;
		struct {
			struct run *run;
			enum exec_codes codes;
		} exec;
	};
};

/* ms since the start, by the clock and not by the loop */
double probe_elapsed(const struct probe_run *r);

/* Ends a probe: done is called at the end of the loop's turn. reason is from a fixed list; NULL:
 * none. */
void probe_end(struct probe_run *r, enum status status, const char *reason);
/* With what a command said, cleaned; "": nothing. */
void probe_end_text(struct probe_run *r, enum status status, const char *reason,
    const char *perfdata);
void probe_end_ok(struct probe_run *r, double latency_ms);
/* Ends it as ok, with that latency, unless the certificate ends (ms since the epoch; 0: not known)
 * within min_days. */
void probe_end_certificate(struct probe_run *r, double ms, int64_t end, int min_days);
/*
 * Ends it by an error of connect or send.  at_once: the call itself failed, so
 * it was this host that had no way; later it was somebody's answer.
 */
void probe_end_errno(struct probe_run *r, int err, bool at_once);
/* From where this probe goes to an address of that family. */
void probe_outlet(struct outlet *o, const struct prober *p, const struct probe *probe,
    enum family f);
/* Before a socket of one's own connects or sends: source and interface.  False: it has ended. */
bool probe_bind(struct probe_run *r, int fd);
/* True, and ended, if the timeout has passed: nothing that came later counts. */
bool probe_late(struct probe_run *r);

void pinger_free(struct pinger *s);

#endif
