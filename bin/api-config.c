#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accepted.h"
#include "api.h"
#include "base/log.h"
#include "base/mem.h"
#include "edge/credential.h"
#include "edge/file.h"

enum { PEM_CAP = 1 << 20 };

int
api_tls(struct api *a, const struct config *c, struct fault *f)
{
	struct buf cert = {0}, key = {0};
	int result;

	if (!c->tls_cert)
		return 0;
	result = file_read(c->tls_cert, &cert, PEM_CAP, f);
	if (!result)
		result = file_read(c->tls_key, &key, PEM_CAP, f);
	if (!result)
		result =
		    httpd_tls(a->http, cert.data ? cert.data : "", key.data ? key.data : "", f);
	buf_free(&cert);
	buf_wipe(&key);
	return result;
}

static bool
same_listeners(const struct config *x, const struct config *y)
{
	bool same = x->napi == y->napi && !x->tls_cert == !y->tls_cert;

	for (size_t i = 0; same && i < x->napi; i++)
		same = addr_equal(&x->api[i].addr, &y->api[i].addr) &&
		       x->api[i].port == y->api[i].port;
	return same;
}

static void
take_config(struct api *a, const struct config *loaded)
{
	struct config *old = a->config, *fresh = mem_alloc(sizeof(*fresh));

	*fresh = *loaded; /* all it points to lies in its arena, which moves along */

	if (!same_listeners(old, fresh))
		log_warn("api: listen addresses and TLS on or off change only with a restart");
	a->config = fresh;
	access_free(&a->access);
	access_init(&a->access, fresh);
	follower_reload(a->follower, fresh);
	config_free(old);
	free(old);
	a->refused[0] = '\0';
	log_note("config %s in force", fresh->hash);
}

void
api_hide_directories(struct config *c)
{
	for (size_t i = 0; i < c->nfiles; i++) {
		const char *slash = strrchr(c->files[i], '/');

		c->files[i] = slash ? slash + 1 : c->files[i];
	}
}

void
api_reload(struct api *a)
{
	struct accepted fresh = {0};
	char first[512];
	struct fault f;

	if (accepted_load(&fresh, a->config_path, first)) {
		snprintf(a->refused, sizeof(a->refused), "%s", first);
		log_error("the config is refused, the old one stays in force");
	} else if (a->config->tls_cert && fresh.config.tls_cert && api_tls(a, &fresh.config, &f)) {
		snprintf(a->refused, sizeof(a->refused), "%s", f.text);
		log_error("the config is refused, the old one stays in force: %s", f.text);
		accepted_free(&fresh);
	} else {
		api_hide_directories(&fresh.config);
		take_config(a, &fresh.config);
		buf_free(&fresh.text);
	}
}
