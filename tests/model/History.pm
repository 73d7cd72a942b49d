package History;
# Random configs and histories, the same ones for the same seed, and how they are written down.
# Times lie on a coarse lattice, one millisecond beside it, and on the deadlines that earlier lines
# set, so that ties and edges are common.  What KNOWN names of the newer words is used, the rest left out.
use strict;
use warnings;
use File::Temp;
use POSIX ();

my $BEGIN = 1_795_341_600_000; # 2026-11-22T10:00:00Z

sub pick { return $_[rand @_] }
sub chance { my ($p) = @_; return rand() < $p }
sub some { my ($p, @from) = @_; return grep { chance($p) } @from }
sub shuffled { my @x = @_; for (reverse 1 .. $#x) { my $j = int rand($_ + 1); @x[$_, $j] = @x[$j, $_] } return @x }

# ---- what is configured

sub targets {
	my ($mode, $wide) = @_;
	my @pool = (map({ "10.0.0.$_" } 1 .. 5), map { "2001:db8::$_" } 1 .. 3);
	@pool = grep { !/:/ } @pool if chance(0.5);
	my @ips = (shuffled(@pool))[0 .. ($wide ? 4 : int rand 4)];
	my @priorities = chance(0.5) ? (0) : (0, 5, 10, -1);
	my @targets;
	for my $ip (grep { defined } @ips) {
		my @ports = $mode eq 'icmp' ? (undef) : chance(0.15) ? (80, 443) : (80);
		push @targets, map { { ip => $ip, port => $_, priority => pick(@priorities), weight => pick(1, 1, 2, 7, 0) } } @ports;
	}
	return [shuffled(@targets)];
}

sub fallback {
	my ($targets) = @_;
	my @v4 = chance(0.6) ? (some(0.3, '10.9.9.8'), '10.9.9.9') : ();
	my @v6 = chance(0.4) ? ('2001:db8::f9') : ();
	my @own = chance(0.05) ? ($targets->[0]{ip}) : ();
	return [@v4, @v6, @own];
}

sub server {
	my ($known) = @_;
	my %s = (timeout => pick(5000, 10_000, 10_000, 20_000, 250), rise => pick(1, 1, 2, 3), fall => pick(1, 1, 2, 3));
	if (chance(0.5)) { $s{policy} = pick('any', 'all', 'quorum', 'priority') }
	else {
		$s{votes} = pick('any', 'all', 'quorum', 'quorum');
		$s{select} = pick('all', 'priority', 'priority', @{ $known->{select} });
	}
	if (($s{policy} // $s{votes}) eq 'quorum') {
		$s{quorum} = pick('majority', 1, 2, 3, '50%', '60%', '1%', '100%') if chance(0.7);
		$s{hold} = pick(0, 1, 3000, 5000, 10_000, 30_000) if chance(0.7);
	}
	$s{min_healthy} = pick(1, 2, 3, '50%', '34%', '100%') if chance(0.4);
	$s{on_silence} = pick('fallback', 'keep', 'keep', 'all') if chance(0.7);
	$s{on_all_down} = pick('fallback', 'all', 'last', 'last', 'nodata', @{ $known->{on_all_down} }) if chance(0.6);
	$s{failback_delay} = pick(1, 2000, 5000, 15_000) if chance(0.3);
	$s{failback} = pick('auto', 'manual', 'manual') if chance(0.2);
	$s{agent_forget} = pick(1000, 5000, 15_000, 30_000) if chance(0.4);
	$s{ttl} = pick(0, 7, 60) if chance(0.3);
	$s{fallback_ttl} = pick(0, 9, 300) if chance(0.3);
	$s{ttl_degraded} = pick(2, 3) if chance(0.4);
	$s{max_answers} = pick(1, 2, 8) if chance(0.2);
	return %s;
}

sub config {
	my ($known, $wide) = @_;
	my %c = (ttl => 5, agents => undef);
	$c{fallback_ttl} = 30 if chance(0.5);
	my @agents = map { "a$_" } 1 .. ($wide ? pick(3, 4, 5, 5) : pick(1, 2, 3, 3, 4, 5));
	$c{names} = \@agents;
	$c{agents} = [map { { id => $_, tags => [some(0.6, 'eu', 'us')] } } @agents] if $wide || chance(0.4);
	for my $n (1 .. ($wide ? pick(1, 2, 3) : pick(1, 1, 2, 3))) {
		my %d = (name => pick('w', 'api', 'mail') . "$n.failover", mode => pick(('tcp') x 8, 'icmp', 'http'), server($known));
		$d{targets} = targets($d{mode}, $wide);
		$d{fallback} = fallback($d{targets});
		$d{tags} = [pick('eu', 'us'), some(0.3, 'ap')] if chance(0.25);
		push @{ $c{domains} }, \%d;
	}
	return \%c;
}

# ---- what happens

sub instant {
	my ($horizon) = @_;
	my $t = int(rand $horizon / 1000) * 1000;
	return $BEGIN + $t + (chance(0.7) ? 0 : pick(-1, 1, int rand 1000));
}

# A check's reports of one agent: states that last for a while, with gaps, repetitions and late ones among them.
sub reports {
	my ($d, $target, $agent, $horizon) = @_;
	my @out;
	my $begin = instant($horizon / 3);
	my $step = pick(1000, 2000, $d->{timeout}, int($d->{timeout} / 2), $d->{timeout} + 1, 2 * $d->{timeout});
	my ($status, $stick) = (pick('ok', 'ok', 'fail'), pick(0.3, 0.6, 0.9));
	my ($counted, $inc, $seq) = (chance(0.3), pick(100, 200), 1);
	my @waits = map { ($_, $_ + 1) } $d->{timeout}, $d->{hold} // 2 * $d->{timeout}, $d->{failback_delay} // 0;
	my $last = $begin;
	my $plain = pick(0, 0.2, 0.9, 1);
	for my $i (0 .. int rand(pick(3, 6, 12))) {
		my $t = chance(0.15) ? $last + pick(@waits)
		    : chance(0.1) ? instant($horizon) : $begin + $i * $step + (chance(0.7) ? 0 : pick(-1, 1, 100));
		last if $t - $BEGIN > $horizon;
		$last = $t;
		$status = pick('ok', 'ok', 'fail', 'fail', 'warn', 'unknown') if !chance($stick);
		my %r = (agent => $agent, domain => $d->{name}, ip => $target->{ip}, port => $target->{port}, status => $status,
		    type => $d->{mode} eq 'http' && chance($plain) ? 'tcp' : $d->{mode}, timestamp => $t);
		$r{received} = $t + pick(0, 0, 3, 1000, $d->{timeout}, $d->{timeout} + 1, 3 * $d->{timeout}, -500, -3000) if chance(0.4);
		$r{age_ms} = pick(0, 1, 400, 5000, $d->{timeout}, $d->{timeout} + 1) if chance(0.15);
		@r{qw(inc seq)} = ($inc, $seq++) if $counted ? chance(0.9) : chance(0.03);
		$inc += pick(1, 10, 90), $seq = pick(1, $seq) if chance(0.1);
		push @out, \%r;
		push @out, { %r, received => ($r{received} // $t) + pick(0, 1, 1500) } if chance(0.07); # delivered twice
		push @out, { %r, status => pick('ok', 'fail') } if chance(0.04);
	}
	return @out;
}

sub override {
	my ($config, $horizon, $before) = @_;
	my $d = pick(@{ $config->{domains} });
	my $t = pick(@{ $d->{targets} });
	my $six = $t->{ip} =~ /:/;
	my @names = ($t->{ip}, $t->{ip}, undef, $six ? ('2001:db8::/64', "$t->{ip}/128") : (pick('10.0.0.0/8', '10.0.0.2/31'), "$t->{ip}/32"));
	push @names, $six ? "[$t->{ip}]:$t->{port}" : "$t->{ip}:$t->{port}" if defined $t->{port};
	my $name = pick(@names);
	my %o = (domain => defined $name && chance(0.3) ? undef : $d->{name}, target => $name);
	%o = (domain => $before->{domain}, target => $before->{target}) if $before && chance(0.3);
	$o{override} = pick('up', 'down', 'down', 'drain', 'drain', 'clear', $before ? 'clear' : ());
	$o{at} = instant($horizon);
	$o{until} = $o{override} eq 'clear' ? $o{at} : $o{at} + pick(0, 1, 1000, 5000, 10_000, 20_000, 20_000, 60_000);
	$o{until} = undef if $o{override} ne 'clear' && chance(0.1);
	return \%o;
}

# One history: a config and its lines, in the order of the file.
sub random {
	my ($seed, $known) = @_;
	srand($seed);
	my $wide = chance(0.15);
	my $config = config($known, $wide);
	my $horizon = pick(20_000, 60_000, 60_000, 120_000);
	my @lines;
	for my $d (@{ $config->{domains} }) {
		for my $t (@{ $d->{targets} }) {
			push @lines, reports($d, $t, $_, $horizon) for some(0.85, @{ $config->{names} });
		}
	}
	if ($wide) { # agents that see little but failures, where the others see little of them
		my %alone = map { $_ => pick(0.9, 0.97, 1) } (shuffled(@{ $config->{names} }))[0 .. pick(0, 0, 1, 2)];
		for (@lines) { $_->{status} = chance($alone{ $_->{agent} } // 0) ? 'fail' : chance(0.7) ? 'ok' : $_->{status} }
	}
	push @lines, reports($config->{domains}[0], $config->{domains}[0]{targets}[0], 'stranger', $horizon) if chance(0.05);
	my $before;
	push @lines, $before = override($config, $horizon, $before) for 1 .. pick(0, 0, 1, 2, 3, 6);
	@lines = chance(0.2) ? shuffled(@lines) : sort { ($a->{timestamp} // $a->{at}) <=> ($b->{timestamp} // $b->{at}) } @lines;
	return ($config, \@lines);
}

# ---- on paper

sub iso {
	my ($ms) = @_;
	my $s = POSIX::floor($ms / 1000);
	return POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $s) . sprintf '.%03dZ', $ms - $s * 1000;
}

sub seconds { my ($ms) = @_; return $ms / 1000 }
my %DURATION = map { $_ => 1 } qw(timeout hold failback_delay agent_forget);
my @SERVER = qw(policy votes select quorum hold min_healthy timeout rise fall on_silence on_all_down failback_delay failback
	agent_forget max_answers ttl fallback_ttl ttl_degraded);

sub yaml_domain {
	my ($d) = @_;
	my @server = map {
		my $v = $DURATION{$_} ? seconds($d->{$_}) : $d->{$_};
		($_ eq 'timeout' ? 'timeout_sec' : $_) . ": $v"
	} grep { defined $d->{$_} } @SERVER;
	my @targets = map {
		my $t = $_;
		'{' . join(', ', "ip: \"$t->{ip}\"", map { "$_: $t->{$_}" } grep { defined $t->{$_} } qw(port priority weight)) . '}'
	} @{ $d->{targets} };
	return join "\n", "      $d->{name}:",
	    @{ $d->{fallback} } ? '        fallback: [' . join(', ', map { "\"$_\"" } @{ $d->{fallback} }) . ']' : (),
	    '        server: {' . join(', ', @server) . '}',
	    '        monitor:', "          mode: $d->{mode}",
	    $d->{tags} ? '          monitor_tag: [' . join(', ', @{ $d->{tags} }) . ']' : (),
	    '          targets:', map({ "            - $_" } @targets), '';
}

sub yaml {
	my ($c) = @_;
	my @agents = map { "  - {id: $_->{id}, token: \"t-$_->{id}\", tags: [" . join(', ', @{ $_->{tags} }) . "]}\n" }
	    @{ $c->{agents} || [] };
	return join '', "dns: {listen_ip: 127.0.0.1, listen_port: 8053, resolve_cache_ttl: $c->{ttl}}\n",
	    @agents ? ("agents:\n", @agents) : (), "zones:\n  - name: failover\n",
	    defined $c->{fallback_ttl} ? "    fallback_ttl: $c->{fallback_ttl}\n" : '',
	    "    domains:\n", map { yaml_domain($_) } @{ $c->{domains} };
}

sub text { my ($s) = @_; return defined $s ? "\"$s\"" : 'null' }

sub json_line {
	my ($l) = @_;
	if ($l->{override}) {
		return sprintf '{"type":"override","domain":%s,"target":%s,"state":"%s","until":%s,"reason":null,"who":"me","at":"%s"}',
		    text($l->{domain}), text($l->{target}), $l->{override}, text($l->{until} && iso($l->{until})), iso($l->{at});
	}
	my $t = iso($l->{timestamp});
	my $port = $l->{port} // 'null';
	return '{' . join(',', "\"agent_id\":\"$l->{agent}\"", "\"timestamp\":\"$t\"",
		"\"check_name\":\"$l->{domain}:$l->{ip}:" . ($l->{port} // 'icmp') . '"', "\"domain\":\"$l->{domain}\"",
		"\"type\":\"$l->{type}\"", "\"target_ip\":\"$l->{ip}\"", "\"port\":$port",
		"\"status\":\"$l->{status}\"", '"latency_ms":1.5', '"reason":null',
		(map { "\"$_\":$l->{$_}" } grep { defined $l->{$_} } qw(inc seq age_ms)),
		defined $l->{received} ? '"received":"' . iso($l->{received}) . '"' : ()) . '}';
}

# Words that are newer than the rest: those that this build takes, less those to leave out.
sub known {
	my ($decide, @leave_out) = @_;
	my $file = File::Temp->new;
	my %known = (select => [], on_all_down => []);
	for (['select', 'weighted'], ['select', 'hash'], ['on_all_down', 'servfail'], ['on_all_down', 'refused']) {
		my ($key, $word) = @$_;
		next if grep { $_ eq $word } @leave_out;
		my $d = { name => 'w.failover', mode => 'tcp', fallback => [], targets => [{ ip => '10.0.0.1', port => 80 }], $key => $word };
		seek $file, 0, 0;
		truncate $file, 0;
		print $file yaml({ ttl => 5, domains => [$d] });
		$file->flush;
		my $status = system("$decide -c $file --list >/dev/null 2>&1") >> 8;
		die "$decide: exit $status\n" if $status != 0 && $status != 2;
		push @{ $known{$key} }, $word if $status == 0;
	}
	return \%known;
}

1;
