#include "world.h"

#include "core/compare.h"

/* What one world answers beside another: "" if that is the same. */
static void
differences(void **state)
{
	static const struct {
		struct row of[2];
		const char *text;
	} rows[] = {
		{{{"any", "A B", "F", "@10 A1+ B1+"}, {"any", "B A", "F", "@10 B1+ A1+"}}, ""},
		/* what is not answered makes no difference, nor does a port */
		{{{"any", "A B", "F", "@10 A1+"}, {"any", "A", "F", "@10 A1+"}}, ""},
		{{{"any", "A", "F", "@10 A1+"}, {"any", "A:443", "F", "@10 A1+"}}, ""},
		{{{"any", "A", "F", "@10 A1+"}, {"any ttl=9", "A", "F", "@10 A1+"}},
		    "- A 10.0.0.1 live, ttl 5\n+ A 10.0.0.1 live, ttl 9\n"},
		{{{"any", "A2 B1", "F", "@10 A1+ B1+"}, {"any priority", "A2 B1", "F", "@10 A1+ B1+"}},
		    "- A 10.0.0.1 10.0.0.2 live, ttl 5\n+ A 10.0.0.1 live, ttl 5\n"},
		/* the same address for another reason */
		{{{"any keep", "A", "F", "@10 A1+ @200 A=unknown"}, {"any", "A", "F", "@200 A1+"}},
		    "- A 10.0.0.1 keep, ttl 5\n+ A 10.0.0.1 live, ttl 5\n"},
		/* nothing is said as such, without a ttl */
		{{{"any down=nodata", "A", "F", "@10 A1-"}, {"any", "A", "F", "@10 A1-"}},
		    "- A nothing\n+ A 10.0.0.6 fallback, ttl 7\n"},
		/* a family that only one has, and another type */
		{{{"any down=servfail", "A", "F", "@10 A1-"}, {"any down=refused", "A", "F", "@10 A1-"}},
		    "- A SERVFAIL\n+ A REFUSED\n"},
		{{{"any", "A B", "F", "@10 A1+ B1+"}, {"any hash", "A B", "F", "@10 A1+ B1+"}},
		    "- A 10.0.0.1 10.0.0.2 live, ttl 5\n+ A 10.0.0.1 10.0.0.2, one by client, live, ttl 5\n"},
		{{{"any", "A a", "F", "@10 A1+"}, {"any", "A", "F", "@10 A1+"}}, "- AAAA nothing\n"},
		{{{"any", "A", "F", "@10 A1+"}, {"any cname", "S", "F", "@10 S1+"}},
		    "- A 10.0.0.1 live, ttl 5\n+ CNAME s.example. live, ttl 5\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		static struct decision dec[2];
		static struct world w[2];
		struct compared c[2];
		struct buf b = {0};

		for (int k = 0; k < 2; k++) {
			const struct row *r = &rows[i].of[k];

			world_init(&w[k], r->rules, r->targets, r->fallback);
			world_tell(&w[k], r->story);
			engine_settle(w[k].engine);
			view_decision(w[k].engine, &w[k].domain, &dec[k]);
			c[k] = (struct compared){&w[k].domain, &dec[k]};
		}
		compare_write(&b, false, &c[0], &c[1]);
		if (strcmp(b.data ? b.data : "", rows[i].text))
			fail_msg("row %zu: %s", i, b.data ? b.data : "");
		assert_int_equal(compare_all_same(&c[0], &c[1]), !*rows[i].text);
		buf_free(&b);
		world_free(&w[0]);
		world_free(&w[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(differences)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
