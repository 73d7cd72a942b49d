#ifndef FODNS_HTTPD_OWN_H
#define FODNS_HTTPD_OWN_H

/* Between httpd.c (sockets, daemons, connections) and httpreq.c (requests,
 * replies); nobody else's. */

#include <microhttpd.h>

#include "edge/gate.h"
#include "edge/httpd.h"

enum { HTTPD_LISTENERS = 64, HTTPD_FIXED = 16 };

struct httpd_listener {
	struct httpd *httpd;
	struct MHD_Daemon *daemon;
	int fd; /* ours; the daemon has a duplicate */
	struct loop_io io;
};

struct httpd {
	struct loop *loop;
	struct httpd_options o;
	struct gate gate;
	struct loop_timer sweep, again;
	struct httpd_listener listeners[HTTPD_LISTENERS];
	size_t n;
	char *cert, *key;
	struct {
		const char *text, *type;
		struct MHD_Response *response;
	} fixed[HTTPD_FIXED];
	uint64_t requests;
};

/* A connection; its fields from `bad` on are those of the request under way. */
struct httpd_connection {
	struct gate_entry gate; /* first: what the gate closes is this */
	struct httpd *httpd;
	struct addr peer;       /* gate.addr is what counts for the cap per address */
	int fd;
	const char *uri;        /* as received; libmicrohttpd's memory */
	size_t uri_len;
	bool bad_uri, begun, over;
	struct routed routed;
	size_t cap, taken; /* bytes of the body: that may be, that came */
	struct buf body;
};

void *httpreq_uri(void *cls, const char *uri, struct MHD_Connection *mc);
enum MHD_Result httpreq_handle(void *cls, struct MHD_Connection *mc, const char *url,
                               const char *method, const char *version, const char *data, size_t *n,
                               void **con_cls);
void httpreq_completed(void *cls, struct MHD_Connection *mc, void **con_cls,
                       enum MHD_RequestTerminationCode why);

#endif
