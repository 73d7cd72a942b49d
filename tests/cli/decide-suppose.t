#!/bin/sh
# A supposition does what the same reports do: random worlds, with what is supposed told by --what-if, or reported.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
cat >worlds.pl <<'PERL'
use strict;
use warnings;
use JSON::PP;
use POSIX qw(strftime);

my ($seed, $rounds) = @ARGV;
my $t0 = 1763805600;
my %wrong;
srand $seed;

sub pick { $_[ rand @_ ] }
sub stamp { strftime("%Y-%m-%dT%H:%M:%S", gmtime int $_[0]) . sprintf(".%03dZ", 1000 * ($_[0] - int $_[0]) + .5) }

sub line {
	my ($agent, $target, $status, $at, $seq) = @_;
	return sprintf qq({"agent_id":"%s","timestamp":"%s","check_name":"d.z:%s:80","domain":"d.z","type":"tcp","target_ip":"%s","port":80,"status":"%s"%s}\n),
	    $agent, stamp($at), $target, $target, $status, $seq ? qq(,"inc":7,"seq":$seq) : '';
}

sub put { open my $f, '>', $_[0] or die; print $f @_[ 1 .. $#_ ]; close $f }

# Answers of the families, as text.
sub answers {
	my ($rrsets) = @_;
	return join ' ', map { "$_=$rrsets->{$_}{source}:" . join(',', @{ $rrsets->{$_}{answers} }) . "/$rrsets->{$_}{ttl}" } sort keys %$rrsets;
}

for my $round (1 .. $rounds) {
	my @agents = map { "a$_" } 1 .. 3;
	my @targets = map { "10.0.0.$_" } 1 .. pick(2, 6);
	my ($rise, $fall) = (pick(1, 2, 3), pick(1, 2, 3));
	my $votes = pick(qw(any all quorum));
	my $rules = "votes: $votes, select: " . pick(qw(all priority)) . ", rise: $rise, fall: $fall, timeout_sec: 60" .
	    pick('', ', on_silence: keep', ', on_silence: all') . pick('', ', on_all_down: nodata', ', on_all_down: all') .
	    pick('', ', failback_delay: 90s') . pick('', ', ttl_degraded: 3');
	my $known = pick(0, 1);
	put('fodns.yaml', ($known ? ("agents:\n", map { "  - {id: $_, token: token-$_-0123456}\n" } @agents) : ()),
	    "zones:\n  - name: z\n    domains:\n      d.z:\n        fallback: [10.9.9.9]\n        server: {$rules}\n        monitor: {targets: [",
	    join(', ', map { "{ip: $_, port: 80, priority: " . pick(1, 2) . '}' } @targets), "]}\n");
	my @lines;
	my $end = $t0 + 200;
	for my $a (@agents) {
		for my $g (@targets) {
			for (my $t = $t0 + int rand 30; $t < $end; $t += 20 + int rand 60) {
				push @lines, line($a, $g, pick(qw(ok ok fail)), $t);
			}
			# Everybody has been heard of, so that all are expected; a fresh word or not.
			push @lines, line($a, $g, pick(qw(ok fail)), $t0 - 1);
		}
	}
	my ($who, $what, $state) = (pick(@agents), pick(@targets), pick(qw(up down)));
	my $by_agent = rand() < .4;
	my $status = $state eq 'up' ? 'ok' : 'fail';
	my @said;
	# Three reports of one instant: as many as any rise or fall here asks for, and judged together.
	for my $n (1 .. 3) {
		push @said, map { line($who, $_, $status, $end, $n) } @targets if $by_agent;
		push @said, map { line($_, $what, $status, $end, $n) } @agents if !$by_agent;
	}
	put('r.jsonl', @lines);
	put('said.jsonl', @lines, @said);
	my $at = stamp($end);
	my $supposed = $by_agent ? "agent=$who $state" : "target=$what $state";
	my $what_if = qx(fodns-decide -c fodns.yaml -r r.jsonl --at $at --what-if '$supposed' -j);
	my $now = decode_json(qx(fodns-decide -c fodns.yaml -r r.jsonl --at $at -j));
	my $then = decode_json(qx(fodns-decide -c fodns.yaml -r said.jsonl --at $at -j));
	my $changed = $what_if ? decode_json($what_if) : undef;
	my $before = answers($changed ? $changed->{before}{rrsets} : $now->{rrsets});
	my $after = answers($changed ? $changed->{after}{rrsets} : $now->{rrsets});
	$wrong{before}++ if $before ne answers($now->{rrsets});
	if ($after ne answers($then->{rrsets})) {
		$wrong{after}++;
		print "# $rules; $supposed (agents known: $known)\n#   supposed: $after\n#   reported: ", answers($then->{rrsets}), "\n";
	}
	$wrong{moved}++ if answers($now->{rrsets}) ne answers($then->{rrsets});
}
printf "%d before, %d after, %s\n", $wrong{before} // 0, $wrong{after} // 0, ($wrong{moved} // 0) > $rounds / 10 ? 'many moved' : 'few moved';
PERL
out=$(perl worlds.pl "${SEED:-1}" "${ROUNDS:-60}")
is "$out" '0 before, 0 after, many moved' 'what is supposed and what is reported come to the same'
done_testing
