#include "codec/httpresponse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

enum at {
	AT_STATUS,
	AT_FIELDS,
	AT_LENGTH,     /* body of a known length */
	AT_CLOSE,      /* body until the end of the connection */
	AT_CHUNK_SIZE,
	AT_CHUNK,
	AT_CHUNK_END,  /* the line end behind a chunk */
	AT_TRAILERS,
	AT_END
};

/* The field that a folded line goes on with. */
enum { FIELD_NONE, FIELD_OTHER, FIELD_FRAMING };

enum { SIZE_LINE = 18 }; /* bytes that the size of a chunk and its line end may have */

static const char not_http[] = "not HTTP", start[] = "HTTP/1.";

void
httpresponse_init(struct httpresponse *r, bool to_head, size_t body_cap)
{
	memset(r, 0, sizeof(*r));
	r->to_head = to_head;
	r->body_cap = body_cap;
}

void
httpresponse_free(struct httpresponse *r)
{
	buf_free(&r->body);
	buf_free(&r->line);
	free(r->location);
	r->location = NULL;
}

static enum httpresponse_end
bad(struct httpresponse *r, const char *why)
{
	r->why = why;
	r->at = AT_END;
	return HTTPRESPONSE_BAD;
}

/* ---- the head */

/* "HTTP/1.1 200 OK"; the space before an empty reason is missing often enough. */
static enum httpresponse_end
take_status(struct httpresponse *r, const char *s, size_t n)
{
	const char *d = s + 9;

	if (n < 12 || memcmp(s, start, 7) != 0 || s[7] < '0' || s[7] > '9' || s[8] != ' ' ||
	    d[0] < '1' || d[0] > '9' || d[1] < '0' || d[1] > '9' || d[2] < '0' || d[2] > '9' ||
	    (n > 12 && s[12] != ' '))
		return bad(r, not_http);
	r->code = (d[0] - '0') * 100 + (d[1] - '0') * 10 + d[2] - '0';
	r->at = AT_FIELDS;
	r->field = FIELD_NONE;
	return HTTPRESPONSE_MORE;
}

static enum httpresponse_end
take_length(struct httpresponse *r, const char *s, size_t n)
{
	uint64_t v = 0;

	if (n == 0 || n > 18)
		return bad(r, "Content-Length not valid");
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return bad(r, "Content-Length not valid");
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	if (r->has_length && r->left != v)
		return bad(r, "two values of Content-Length");
	r->has_length = true;
	r->left = v;
	return HTTPRESPONSE_MORE;
}

static bool
is(const char *s, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(s, word, n) == 0;
}

static enum httpresponse_end
take_coding(struct httpresponse *r, const char *s, size_t n)
{
	if (is(s, n, "identity"))
		return HTTPRESPONSE_MORE;
	if (!is(s, n, "chunked") || r->chunked)
		return bad(r, "Transfer-Encoding not asked for");
	r->chunked = true;
	return HTTPRESPONSE_MORE;
}

static size_t
name_length(const char *s, size_t n)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	size_t i = 0;

	while (i < n && ((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
	                 (s[i] >= '0' && s[i] <= '9') || (s[i] && strchr(others, s[i]))))
		i++;
	return i;
}

static enum httpresponse_end
take_field(struct httpresponse *r, const char *s, size_t n)
{
	size_t name = name_length(s, n), from = name + 1;

	if (name == 0 || name == n || s[name] != ':')
		return bad(r, not_http);
	while (from < n && (s[from] == ' ' || s[from] == '\t'))
		from++;
	while (n > from && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	r->field = FIELD_FRAMING;
	if (is(s, name, "Content-Length"))
		return take_length(r, s + from, n - from);
	if (is(s, name, "Transfer-Encoding"))
		return take_coding(r, s + from, n - from);
	r->field = FIELD_OTHER;
	if (is(s, name, "Location") && !r->location)
		r->location = n < HTTPRESPONSE_LINE_CAP ? mem_strndup(s + from, n - from)
		                                        : mem_strdup("");
	return HTTPRESPONSE_MORE;
}

static enum httpresponse_end
head_over(struct httpresponse *r)
{
	if (r->code < 200 && r->code != 101) {
		if (++r->interims > HTTPRESPONSE_INTERIM)
			return bad(r, "interim answers without end");
		r->at = AT_STATUS;
		r->code = 0;
		r->has_length = r->chunked = false;
		r->left = 0;
		free(r->location);
		r->location = NULL;
		return HTTPRESPONSE_MORE;
	}
	if (r->has_length && r->chunked)
		return bad(r, "Content-Length beside Transfer-Encoding");
	if (r->to_head || r->code == 101 || r->code == 204 || r->code == 304)
		r->at = AT_END;
	else if (r->chunked)
		r->at = AT_CHUNK_SIZE;
	else if (r->has_length)
		r->at = r->left ? AT_LENGTH : AT_END;
	else
		r->at = AT_CLOSE;
	return HTTPRESPONSE_HEAD;
}

static enum httpresponse_end
take_head_line(struct httpresponse *r, const char *s, size_t n)
{
	if (r->at == AT_STATUS)
		return take_status(r, s, n);
	if (n == 0)
		return head_over(r);
	if (s[0] != ' ' && s[0] != '\t')
		return take_field(r, s, n);
	/* A length may not be spread over lines, whatever else may. */
	return r->field == FIELD_OTHER ? HTTPRESPONSE_MORE : bad(r, not_http);
}

/* ---- chunks */

static enum httpresponse_end
take_chunk_size(struct httpresponse *r, const char *s, size_t n)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < n && i < 15; i++) {
		char c = s[i] | 0x20;

		if (s[i] >= '0' && s[i] <= '9')
			v = v * 16 + (uint64_t)(s[i] - '0');
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	if (i == 0 || (i < n && s[i] != ';' && s[i] != ' ' && s[i] != '\t'))
		return bad(r, "chunk not valid");
	r->left = v;
	r->at = v ? AT_CHUNK : AT_TRAILERS;
	return HTTPRESPONSE_MORE;
}

static enum httpresponse_end
take_body_line(struct httpresponse *r, const char *s, size_t n)
{
	switch (r->at) {
	case AT_CHUNK_SIZE: return take_chunk_size(r, s, n);
	case AT_CHUNK_END:
		r->at = AT_CHUNK_SIZE;
		return n == 0 ? HTTPRESPONSE_MORE : bad(r, "chunk not valid");
	default:
		if (n == 0)
			r->at = AT_END;
		return n == 0 ? HTTPRESPONSE_DONE : HTTPRESPONSE_MORE;
	}
}

/* ---- lines in pieces */

static bool
in_head(const struct httpresponse *r)
{
	return r->at <= AT_FIELDS;
}

/* Of a line, however it is cut: what is more than a size needs. */
static size_t
beyond(size_t len)
{
	return len > SIZE_LINE ? len - SIZE_LINE : 0;
}

/* n more bytes of lines; *why is set when they are too many. */
static bool
too_many(struct httpresponse *r, size_t n, const char **why)
{
	if (in_head(r)) {
		r->head_bytes += n;
		*why = "headers too large";
		return r->head_bytes > HTTPRESPONSE_HEAD_CAP;
	}
	/* The size of a chunk itself is part of what there must be. */
	r->extra_bytes += r->at == AT_TRAILERS ? n : beyond(r->line_len + n) - beyond(r->line_len);
	*why = "chunk extensions or trailers without end";
	return r->extra_bytes > HTTPRESPONSE_EXTRA_CAP;
}

/* What cannot become a status line is known before its end has come. */
static bool
hopeless(const struct httpresponse *r, const char *s, size_t n)
{
	size_t known = sizeof(start) - 1;

	if (r->at != AT_STATUS || r->line_len >= known)
		return false;
	known -= r->line_len;
	return memcmp(s, start + r->line_len, n < known ? n : known) != 0;
}

/* len bytes came in all, of which no more than the cap are looked at. */
static enum httpresponse_end
take_line(struct httpresponse *r, const char *s, size_t len)
{
	size_t n = len < HTTPRESPONSE_LINE_CAP ? len : HTTPRESPONSE_LINE_CAP;

	if (n && n == len && s[n - 1] == '\r')
		n--;
	if (memchr(s, '\0', n) || memchr(s, '\r', n))
		return bad(r, in_head(r) ? not_http : "chunk not valid");
	return in_head(r) ? take_head_line(r, s, n) : take_body_line(r, s, n);
}

static enum httpresponse_end
take_line_piece(struct httpresponse *r, const char *data, size_t n, size_t *used)
{
	const char *nl = memchr(data, '\n', n), *why;
	size_t len = nl ? (size_t)(nl - data) : n, room;
	enum httpresponse_end end;

	*used = nl ? len + 1 : n;
	if (hopeless(r, data, *used))
		return bad(r, not_http);
	if (too_many(r, *used, &why))
		return bad(r, why);
	if (nl && r->line_len == 0)
		return take_line(r, data, len);
	room = HTTPRESPONSE_LINE_CAP - r->line.len;
	buf_add(&r->line, data, len < room ? len : room);
	r->line_len += len;
	if (!nl)
		return HTTPRESPONSE_MORE;
	end = take_line(r, r->line.data, r->line_len);
	buf_clear(&r->line);
	r->line_len = 0;
	return end;
}

/* ---- the body */

static enum httpresponse_end
take_body(struct httpresponse *r, const char *data, size_t n, size_t *used)
{
	size_t room = r->body_cap - r->body.len;

	if (r->at != AT_CLOSE && n > r->left)
		n = (size_t)r->left;
	*used = n;
	buf_add(&r->body, data, n < room ? n : room);
	if (r->at != AT_CLOSE)
		r->left -= n;
	if (n > room) {
		r->at = AT_END;
		return HTTPRESPONSE_DONE; /* the rest is not wanted */
	}
	if (r->at == AT_CLOSE || r->left)
		return HTTPRESPONSE_MORE;
	r->at = r->at == AT_CHUNK ? AT_CHUNK_END : AT_END;
	return r->at == AT_END ? HTTPRESPONSE_DONE : HTTPRESPONSE_MORE;
}

enum httpresponse_end
httpresponse_take(struct httpresponse *r, const char *data, size_t n, size_t *used)
{
	size_t piece;

	*used = 0;
	if (r->why)
		return HTTPRESPONSE_BAD;
	while (r->at != AT_END && *used < n) {
		bool body = r->at == AT_LENGTH || r->at == AT_CLOSE || r->at == AT_CHUNK;
		enum httpresponse_end end = body
		    ? take_body(r, data + *used, n - *used, &piece)
		    : take_line_piece(r, data + *used, n - *used, &piece);

		*used += piece;
		if (end != HTTPRESPONSE_MORE)
			return end;
	}
	return r->at == AT_END ? HTTPRESPONSE_DONE : HTTPRESPONSE_MORE;
}

enum httpresponse_end
httpresponse_eof(struct httpresponse *r)
{
	if (r->why)
		return HTTPRESPONSE_BAD;
	if (r->at == AT_CLOSE)
		r->at = AT_END;
	if (r->at == AT_END)
		return HTTPRESPONSE_DONE;
	return bad(r, r->head_bytes ? "answer cut short" : "empty answer");
}
