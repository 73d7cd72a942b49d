#include "model/task.h"

#include "model/config.h"

struct task
task_of(const struct domain *d, const struct target *t)
{
	struct task task = {.check_name = t->check_name,
	                    .domain = d->name,
	                    .probe = d->probe,
	                    .timeout_ms = d->probe_timeout_ms,
	                    .interval_ms = d->interval_ms};

	task.target = *target_probed(t, &task.target_name, &task.port);
	/* Where one result turns the view nothing is ever between two states. */
	if (d->fast_interval_ms && d->fast_interval_ms < d->interval_ms &&
	    (d->server->rise > 1 || d->server->fall > 1)) {
		task.fast_interval_ms = d->fast_interval_ms;
		task.rise = d->server->rise;
		task.fall = d->server->fall;
	}
	return task;
}
