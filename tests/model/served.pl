#!/usr/bin/env perl
# A server whose domains are random, and random reports for them: is what --explain says what is served?
#
#	served.pl config SEED DOMAINS DNSPORT STATE	the config, on stdout
#	served.pl before SEED DOMAINS DNSPORT CONFIG	reports of some time before the server starts
#	served.pl rounds SEED DOMAINS DNSPORT CONFIG ROUNDS	round by round a report for each domain, or overrides; after each
#		one the explanation of all domains has to say "served: same", and the server asked here what it explains
#
# Nothing here waits for a time: all durations are long, silence is what was never reported, and a round is over
# when one explanation and the answers agree in everything.  A round has one report for a domain, or one override:
# who follows the journals may find those of one millisecond in two glances, and judge between them.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Socket qw(inet_ntop AF_INET AF_INET6);
use Time::HiRes 'time';
use lib dirname(abs_path(__FILE__));
use History;

my $PATIENCE = 20; # seconds for one round on a loaded machine
my %TYPE = (A => 1, AAAA => 28);
my ($what, $seed, $domains, $port, @more) = @ARGV;

# A random domain with durations so long that none ends in this test; of some targets nothing is ever heard.
sub stretched {
	my ($d) = @_;
	$d->{timeout} = 3_600_000;
	$d->{hold} = 7_200_000 if $d->{hold};
	$d->{failback_delay} = 3_600_000 if $d->{failback_delay};
	$d->{agent_forget} = 3_600_000 if $d->{agent_forget};
	$_->{silent} = History::chance(0.25) for @{ $d->{targets} };
	return $d;
}

sub world {
	my ($words) = @_;
	srand($seed);
	my $c = { ttl => 5, fallback_ttl => 30, names => [map { "a$_" } 1 .. 4] };
	$c->{agents} = [map { { id => $_, tags => [History::some(0.7, 'eu', 'us')] } } @{ $c->{names} }];
	for my $n (1 .. $domains) {
		my ($one) = @{ History::config($words, History::chance(0.1))->{domains} };
		push @{ $c->{domains} }, { %{ stretched($one) }, name => "d$n.failover" };
	}
	return $c;
}

# ---- what is reported

# The agents that serve a domain's tags; fodns-report takes no others.
sub expected {
	my ($c, $d) = @_;
	my %tag = map { $_ => 1 } @{ $d->{tags} || [] };
	return map { $_->{id} } grep { !%tag || grep { $tag{$_} } @{ $_->{tags} } } @{ $c->{agents} };
}

my ($inc, $seq) = (int(time * 1000), 0);

# One report for most domains; each has its mood, which changes now and then.
sub report_lines {
	my ($c) = @_;
	my @moods = (['ok'], ['ok', 'ok', 'fail'], ['fail'], ['fail'], ['unknown', 'ok', 'warn', 'fail']);
	my @lines;
	for my $d (@{ $c->{domains} }) {
		$d->{mood} = History::pick(@moods) if !$d->{mood} || History::chance(0.1);
		my @agents = expected($c, $d);
		my @heard = grep { !$_->{silent} } @{ $d->{targets} };
		next if !@agents || !@heard || History::chance(0.1);
		my $t = History::pick(@heard);
		push @lines, { agent => History::pick(@agents), domain => $d->{name}, ip => $t->{ip}, port => $t->{port},
			type => $d->{mode}, status => History::pick(@{ $d->{mood} }), timestamp => int(time * 1000),
			inc => $inc, seq => ++$seq };
	}
	return @lines;
}

sub report {
	my ($c, $config) = @_;
	run(join('', map { History::json_line($_) . "\n" } report_lines($c)), 'fodns-report', '-q', '-c', $config);
}

sub run {
	my ($input, @command) = @_;
	my $pid = open my $h, '|-';
	defined $pid or die "fork: $!\n";
	if (!$pid) {
		open STDOUT, '>', '/dev/null';
		exec @command or die "$command[0]: $!\n";
	}
	print $h $input;
	close $h;
	die "@command: exit ", $? >> 8, "\n" if $?;
}

sub override {
	my ($c, $config) = @_;
	my $d = History::pick(@{ $c->{domains} });
	my $ip = History::pick(@{ $d->{targets} })->{ip};
	my @to = @{ History::pick([$d->{name}, $ip], [$d->{name}, $ip], [$ip], [$ip =~ /:/ ? '2001:db8::/64' : '10.0.0.0/29']) };
	my @word = History::chance(0.3) ? '--clear' : (History::pick('up', 'down', 'drain'), '--for', '2h', '--reason', 'test');
	my $status = system("fodns-override -c $config @to @word >/dev/null 2>&1") >> 8;
	die "fodns-override @to @word: exit $status\n" if $status && "@word" ne '--clear'; # there may be nothing to clear
}

# ---- what is served

sub question {
	my ($id, $name, $type) = @_;
	my $labels = join '', map { pack 'C/a*', $_ } split /\./, $name;
	return pack('n6', $id, 0, 1, 0, 0, 0) . "$labels\0" . pack('nn', $TYPE{$type}, 1);
}

sub skip_name {
	my ($m, $at) = @_;
	for (;;) {
		my $n = unpack "x$at C", $m;
		return $at + 2 if $n >= 192;
		$at += $n + 1;
		return $at if !$n;
	}
}

# The answers of a response: {rcode, answers => [...sorted], ttl}.
sub parse {
	my ($m) = @_;
	my (undef, $flags, undef, $n) = unpack 'n4', $m;
	my %r = (rcode => $flags & 15, answers => []);
	my $at = skip_name($m, 12) + 4;
	for (1 .. $n) {
		$at = skip_name($m, $at);
		my ($type, undef, $ttl, $data) = unpack "x$at nnN n/a", $m;
		$at += 10 + length $data;
		push @{ $r{answers} }, inet_ntop($type == $TYPE{A} ? AF_INET : AF_INET6, $data);
		$r{ttl} = $ttl;
	}
	$r{answers} = [sort @{ $r{answers} }];
	return \%r;
}

# Asks for each [name, type], 50 at a time, again what got lost: { "name type" => response }.
sub ask_all {
	my (@todo) = @_;
	my $s = IO::Socket::INET->new(Proto => 'udp', PeerAddr => "127.0.0.1:$port") or die "socket: $!\n";
	my $ready = IO::Select->new($s);
	my (%got, %wait, $lost);
	my $id = 0;
	while (@todo || %wait) {
		while (@todo && keys %wait < 50) {
			my $q = shift @todo;
			$id = ($id + 1) & 65535;
			$wait{$id} = $q;
			$s->send(question($id, @$q));
		}
		if (!$ready->can_read(1)) {
			die "the server does not answer\n" if ++$lost > 10;
			push @todo, values %wait;
			%wait = ();
			next;
		}
		defined $s->recv(my $m, 4096) or next;
		my $q = delete $wait{ unpack 'n', $m } or next;
		$got{"@$q"} = parse($m);
	}
	return \%got;
}

# ---- are they the same?

my %RCODE = (SERVFAIL => 2, REFUSED => 5);

# Why a response is not what is explained; undef: it is.
sub wrong {
	my ($d, $explained, $got) = @_;
	my %among = map { $_ => 1 } @{ $explained->{answers} };
	my $most = $explained->{select} ? 1 : $d->{max_answers} // 8; # each query gets one, or all
	my $n = keys %among < $most ? keys %among : $most;
	my $rcode = $RCODE{ $explained->{rcode} // '' } // 0;
	return "rcode $got->{rcode}, not $rcode" if $got->{rcode} != $rcode;
	return "@{[scalar @{ $got->{answers} }]} answers, not $n" if @{ $got->{answers} } != $n;
	for (@{ $got->{answers} }) { return "$_ is not explained" if !$among{$_} }
	return "TTL $got->{ttl}, not $explained->{ttl}" if $n && $got->{ttl} != $explained->{ttl};
	return undef;
}

sub explained {
	my ($config) = @_;
	open my $h, '-|', "fodns-decide -c $config --explain -j" or die "fodns-decide: $!\n";
	my %e;
	for (<$h>) {
		s/,"targets":\[.*\](?=,"next":)// if %e; # nobody looks at it here, and JSON::PP is slow; one is read whole
		my $x = decode_json($_);
		$e{ $x->{domain} } = $x;
	}
	close $h;
	return \%e;
}

# All differences of this moment.
sub differences {
	my ($c, $config) = @_;
	my $e = explained($config);
	my $got = ask_all(map { my $d = $_; map { [$d->{name}, $_] } sort keys %TYPE } @{ $c->{domains} });
	my (@wrong, %kinds);
	for my $d (@{ $c->{domains} }) {
		my $x = $e->{ $d->{name} } or push @wrong, "$d->{name}: not explained" and next;
		push @wrong, "$d->{name}: served: " . ($x->{served} // 'null') if ($x->{served} // '') !~ /^same\b/;
		for my $type (sort keys %TYPE) {
			my $r = $x->{rrsets}{$type};
			$kinds{ $r->{rcode} // $r->{source} }++;
			my $why = wrong($d, $r, $got->{"$d->{name} $type"}) // next;
			push @wrong, "$d->{name} $type: $why; explained: $r->{source} @{ $r->{answers} }";
		}
	}
	return (\%kinds, @wrong);
}

sub round {
	my ($c, $config, $n) = @_;
	$n % 3 ? report($c, $config) : override($c, $config);
	my $end = time + $PATIENCE;
	for (;;) {
		my ($kinds, @wrong) = differences($c, $config);
		return $kinds if !@wrong;
		next if time < $end;
		print "# round $n: $_\n" for @wrong;
		return undef;
	}
}

my $c = world(History::known('fodns-decide'));
if ($what eq 'config') {
	print "state_dir: $more[0]\n", History::yaml($c) =~ s/listen_port: 8053/listen_port: $port, threads: 1/r;
	exit;
}
my ($config, $rounds) = @more;
srand($seed + ($what eq 'rounds'));
if ($what eq 'before') {
	report($c, $config) for 1 .. 12;
	exit;
}
my (%seen, $failed);
for my $n (1 .. $rounds) {
	my $kinds = round($c, $config, $n);
	$failed = 1, last if !$kinds;
	$seen{$_} += $kinds->{$_} for keys %$kinds;
}
print "# seen: ", join(', ', map { "$seen{$_} $_" } sort keys %seen), "\n";
exit($failed ? 1 : 0);
