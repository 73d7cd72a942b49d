#ifndef FODNS_KEEPER_OWN_H
#define FODNS_KEEPER_OWN_H

#include "base/buf.h"
#include "codec/records.h"
#include "edge/keeper.h"
#include "edge/loop.h"
#include "edge/shared.h"
#include "edge/sockets.h"
#include "edge/statedir.h"

/* The keeper's own: what its files share. */

struct child {
	struct keeper *keeper;
	const char *name;
	int pid; /* 0: not running */
	bool replaced; /* it was told to end, another is wanted at once */
	int64_t started, delay;
	uint64_t restarts;
	struct loop_child watch;
	struct loop_timer again;
};

struct keeper {
	const struct keeper_options *o;
	struct loop *loop;
	struct loop_signal hup, term, intr;
	struct loop_timer tick, mercy;
	struct child decide, worker;
	int status;
	bool stopping;
	int64_t started; /* wall clock */

	/* the stream that is being opened: its first line, byte by byte */
	int stream;
	struct loop_io first;
	struct buf line;
	int64_t opened;

	/* the worker */
	int control;
	struct loop_io control_io;
	struct sockets *sockets;
	size_t nsockets, threads;
	int shared_fd;
	struct answer_secrets secrets;
	struct shared *shared;
	bool said; /* that it serves */

	/* life signs of the stream */
	bool flowing; /* the worker has it */
	uint64_t heard;
	int64_t heard_at;
	bool late; /* and said so */

	struct statedir dir;
	bool dir_open;
	char state_path[4096];
	struct stream_line parsed; /* large */
};

void keeper_stop(struct keeper *k, int status);

/* keeper_stream.c: where decisions come from */
void stream_open(struct keeper *k);  /* starts decide, or opens what --decisions names */

/* a whole generation is wanted, for a new worker; false: it cannot be read again */
bool stream_again(struct keeper *k);
void stream_watch(struct keeper *k); /* each second: is it alive? */
void stream_close(struct keeper *k);

/* keeper_worker.c: who answers */

/* once; -1: keeper_stop was called */
int worker_bind(struct keeper *k, const struct stream_server *s);
void worker_start(struct keeper *k);
void worker_give_secrets(struct keeper *k);
int worker_give_stream(struct keeper *k, int fd, const char *line, size_t n);

/* keeper_stats.c */
void stats_write(struct keeper *k); /* STATE/stats/serve.json */

/* keeper.c: children */
void child_started(struct child *c, int pid, void (*ended)(struct loop_child *, int));

/* after a pause that grows */
void child_retry(struct child *c, void (*start)(struct loop_timer *));
const char *child_how(int status, char *dst, size_t cap); /* "exit 2", "signal 9" */

#endif
