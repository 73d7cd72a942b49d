package Model;
# What a history means, written a second time: slowly, from the rules alone, so that the engine has something
# to be wrong against.  Nothing is remembered that can be computed again from the reports: only what the rules
# themselves call a memory (a hold, a delay, a latch, the last answers) is a variable, and it is stepped
# through every instant at which anything at all could happen.
#
#	my $model = Model->new($config, \@lines);
#	my @judgements = $model->at(@times);	# times in ms, ascending; one { domain => decision } for each
#	my @instants = $model->changes;		# where something changed, for choosing times to ask about
#
# A config: { ttl, fallback_ttl, agents => undef | [{id, tags}], domains => [{name, fallback, tags, targets, SERVER KEYS}] };
# durations in ms.  A line: a report {agent, domain, ip, port, type, status, timestamp, received, age_ms, inc, seq}
# or an override {override => STATE, domain, target, at, until}; times in ms.
use strict;
use warnings;
use Answer qw(family_of ceiling);

sub same { my ($x, $y) = @_; return ($x // '') eq ($y // '') }

sub new {
	my ($class, $config, $lines) = @_;
	my $n = 0;
	my @lines = map { { %$_, arrival => $_->{received} // $_->{timestamp} // $_->{at}, n => $n++ } } @$lines;
	@lines = sort { $a->{arrival} <=> $b->{arrival} || $a->{n} <=> $b->{n} } @lines;
	$lines[$_]{n} = $_ for 0 .. $#lines;
	my $self = bless { config => $config, lines => \@lines }, $class;
	$self->{domains} = [map { domain($config, $_) } @{ $config->{domains} }];
	return $self;
}

# A domain with every default filled in.
sub domain {
	my ($config, $d) = @_;
	my %word = (any => ['any', 'all'], all => ['all', 'all'], quorum => ['quorum', 'all'], priority => ['any', 'priority']);
	my %d = %$d;
	($d{votes}, $d{select}) = @{ $word{ $d{policy} } } if $d{policy};
	$d{votes} //= 'any';
	$d{select} //= 'all';
	$d{quorum} //= 'majority';
	$d{timeout} //= 60_000;
	$d{hold} //= 2 * $d{timeout};
	$d{rise} //= 1;
	$d{fall} //= 1;
	$d{min_healthy} //= 1;
	$d{on_silence} //= 'fallback';
	$d{on_all_down} //= 'fallback';
	$d{failback} //= 'auto';
	$d{failback_delay} //= 0;
	$d{agent_forget} //= 86_400_000;
	$d{ttl} //= $config->{ttl} // 5;
	$d{fallback_ttl} //= $config->{fallback_ttl} // $d{ttl};
	$d{max_answers} //= 8;
	$d{targets} = [map { { %$_, priority => $_->{priority} // 0, weight => $_->{weight} // 1 } } @{ $d{targets} }];
	return \%d;
}

# ---- reports

# Arrival less the age, when there is one; else the older of the two clocks.
sub effective {
	my ($r) = @_;
	return $r->{arrival} - $r->{age_ms} if defined $r->{age_ms};
	return $r->{arrival} < $r->{timestamp} ? $r->{arrival} : $r->{timestamp};
}

# Whether a report is one that was there before: KEPT is the last one taken of this agent and check.
sub repeated {
	my ($r, $kept) = @_;
	return 0 if !$kept;
	return $r->{seq} <= $kept->{seq} if defined $r->{inc} && defined $kept->{inc} && $r->{inc} == $kept->{inc};
	return $r->{effective} <= $kept->{effective};
}

# An agent's view of a check, from all of its reports so far: those since it last changed from plain connects to the
# real probe or back.
sub view {
	my ($d, $reports) = @_;
	my ($view, $oks, $fails, $before) = (undef, 0, 0, undef);
	my $plain = $reports->[-1]{plain};
	for my $r (@$reports) {
		if ($r->{plain} != $plain) {
			($view, $oks, $fails, $before) = (undef, 0, 0, undef);
			next;
		}
		next if $r->{status} eq 'unknown';
		my $gap = defined $before && $r->{effective} - $before > $d->{timeout};
		if ($r->{status} eq 'fail') {
			$fails++;
			$oks = 0;
		} else {
			$oks = $gap ? 1 : $oks + 1;
			$fails = 0;
		}
		if (!$view) { $view = $fails ? 'down' : 'up' }
		elsif ($view eq 'up' && $fails >= $d->{fall}) { $view = 'down' }
		elsif ($view eq 'down' && $oks >= $d->{rise}) { $view = 'up' }
		$before = $r->{effective};
	}
	return { view => $view, conclusive => $before, any => $reports->[-1]{effective}, plain => $plain };
}

sub shared_tag { my ($x, $y) = @_; return scalar grep { my $t = $_; grep { $_ eq $t } @$y } @$x }

# The configured agents that serve a domain.
sub configured {
	my ($self, $d) = @_;
	my $wanted = $d->{tags} || [];
	return map { $_->{id} } grep { !@$wanted || shared_tag($wanted, $_->{tags} || []) } @{ $self->{config}{agents} };
}

sub key { my ($target) = @_; return "$target->{ip} " . ($target->{port} // '-') }

# What is seen of a target: E, the number of agents that are expected to see it, and those of them whose view is
# fresh, with that view.  Plain connects, what an original agent makes of every check, count for nothing while
# anybody sees the target by the real probe.
sub seen {
	my ($self, $d, $target, $now) = @_;
	my $views = $self->{views}{ $d->{name} }{ key($target) } || {};
	my @fresh = grep { $views->{$_}{view} && $now - $views->{$_}{conclusive} <= $d->{timeout} } keys %$views;
	my %fresh = map { $_ => $views->{$_}{view} } @fresh;
	my $real = grep { !$views->{$_}{plain} } keys %fresh;
	my @counts = grep { !$real || !$views->{$_}{plain} } keys %$views;
	my @learned = grep { $now - $views->{$_}{any} <= $d->{agent_forget} } @counts;
	my @expected = $self->{config}{agents} ? $self->configured($d) : @learned;
	my %counts = map { $_ => 1 } @counts;
	return (scalar @expected, { map { $_ => $fresh{$_} } grep { $fresh{$_} && $counts{$_} } @expected });
}

# Agents that stand alone with what they see, in the order in which they are found: the worst, then the next, as
# long as those left contradict it.
sub isolated {
	my ($self, $now) = @_;
	my $agents = $self->{config}{agents} || return [];
	return [] if 5 > map { @{ $_->{targets} } } @{ $self->{domains} };
	my (@order, %isolated);
	my @seen;	# of each check: agent => up | down
	for my $d (@{ $self->{domains} }) {
		push @seen, map { ($self->seen($d, $_, $now))[1] } @{ $d->{targets} };
	}
	while (keys %isolated < int((@$agents - 1) / 2)) {
		my ($worst, $share);
		for my $agent (sort map { $_->{id} } @$agents) {
			next if $isolated{$agent};
			my ($n, $alone) = (0, 0);
			for my $check (@seen) {
				next if !$check->{$agent};
				$n++;
				$alone++ if $check->{$agent} eq 'down'
				    && grep { $_ ne $agent && !$isolated{$_} && $check->{$_} eq 'up' } keys %$check;
			}
			next if $n < 5 || $alone * 10 < $n * 9;
			($worst, $share) = ($agent, $alone / $n) if !defined $share || $alone / $n > $share;
		}
		last if !defined $worst;
		$isolated{$worst} = 1;
		push @order, $worst;
	}
	return \@order;
}

# ---- votes

sub quorum_of {
	my ($d, $e) = @_;
	return int($e / 2) + 1 if $d->{quorum} eq 'majority';
	return $d->{quorum} if $d->{quorum} !~ /^(\d+)%$/;
	my $k = ceiling($e * $1, 100);
	return $k < 1 ? 1 : $k;
}

# The table of votes: up, down, unknown or undetermined, with the counts.
sub vote {
	my ($self, $d, $target, $now, $isolated) = @_;
	my ($e, $seen) = $self->seen($d, $target, $now);
	my @abstain = grep { $seen->{$_} } @$isolated;
	my $most = $e ? int(($e - 1) / 2) : 0;
	splice @abstain, $most if @abstain > $most;
	delete @$seen{@abstain};
	my @says = values %$seen;
	my $ok = grep { $_ eq 'up' } @says;
	my $bad = @says - $ok;
	my $word;
	if ($d->{votes} eq 'any') {
		$word = $ok ? 'up' : $bad ? 'down' : 'unknown';
	} elsif ($d->{votes} eq 'all') {
		$word = $bad ? 'down' : $ok ? 'up' : 'unknown';
	} else {
		my $k = quorum_of($d, $e);
		$word = $ok >= $k ? 'up' : $k <= $e && $bad > $e - $k ? 'down' : 'undetermined';
	}
	return { word => $word, ok => $ok, fail => $bad, missing => $e - $ok - $bad };
}

# A target's state by votes: what is undetermined is held.  M is the target's memory.
sub hold {
	my ($d, $m, $word, $now, $since) = @_;
	if ($word ne 'undetermined') {
		$m->{determined} = $word;
		$m->{undetermined} = undef;
		return $word;
	}
	$m->{undetermined} //= $since;
	return $m->{determined} if $m->{determined} && $now - $m->{undetermined} <= $d->{hold};
	$m->{determined} = undef;
	return 'unknown';
}

# Fail-back: whether a target that its votes call up still counts as down.
sub kept_down {
	my ($d, $m, $state, $override, $now) = @_;
	if ($state eq 'down') {
		$m->{latched} = $now if $d->{failback} eq 'manual' && ($m->{before} // '') ne 'down';
		$m->{was_down} = 1;
	}
	$m->{latched} = undef if defined $m->{latched} && ($m->{cleared} // -1) >= $m->{latched};
	$m->{up_since} = undef if $state ne 'up';
	if ($override && $override eq 'up') { # nothing is owed then, whatever the votes say
		$m->{was_down} = 0;
		$m->{up_since} = undef;
	}
	$m->{before} = $state;
	my $delayed = 0;
	if ($state eq 'up' && $m->{was_down}) {
		$m->{up_since} //= $now;
		$delayed = $d->{failback_delay} && $now - $m->{up_since} <= $d->{failback_delay};
		$m->{was_down} = 0 if !$delayed;
	}
	return $delayed || defined $m->{latched};
}

# ---- overrides

sub bits {
	my ($ip) = @_;
	return join '', map { sprintf '%08b', $_ } split /\./, $ip if $ip !~ /:/;
	my ($head, $tail) = split /::/, $ip, 2;
	my @head = split /:/, $head;
	my @tail = split /:/, $tail // '';
	return join '', map { sprintf '%016b', hex } @head, (0) x (8 - @head - @tail), @tail;
}

# A network of one address is that address.
sub plain { my ($name) = @_; return $name =~ m{^(.*)/(\d+)$} && $2 == length bits($1) ? $1 : $name }

# Whether an override's target names this one: nothing, address, address:port, [v6]:port or network.
sub names {
	my ($o, $d, $t) = @_;
	return 0 if defined $o->{domain} && $o->{domain} ne $d->{name};
	my $name = $o->{target} // return 1;
	return substr(bits($1), 0, $2) eq substr(bits($t->{ip}), 0, $2) && family_of($1) eq family_of($t->{ip})
	    if $name =~ m{^(.*)/(\d+)$};
	return $1 eq $t->{ip} && same($2, $t->{port}) if $name =~ /^\[(.*)\]:(\d+)$/ || $name =~ /^([\d.]+):(\d+)$/;
	return $name eq $t->{ip};
}

# The word in force for a target: its own before its domain's, the newest of them.
sub override {
	my ($self, $d, $t, $now) = @_;
	my @mine = grep { $_->{override} ne 'clear' && names($_, $d, $t) && (!defined $_->{until} || $now < $_->{until}) }
	    values %{ $self->{overrides} };
	my ($best) = sort { defined $b->{target} <=> defined $a->{target} || $b->{n} <=> $a->{n} } @mine;
	return $best && $best->{override};
}

# ---- an instant

sub rank_of {
	my ($d, $t, $override, $state, $kept_down) = @_;
	return 'out' if Answer::weighs_nothing($d, $t);
	my $rank = $kept_down ? 'down' : $state;
	return $rank if !$override;
	return 'up' if $override eq 'up';
	return 'out' if $override eq 'down';
	return $rank eq 'up' ? 'drained' : 'down';
}

# One evaluation of a domain: its decision.  EXPIRED holds the votes as they were before this instant's reports, and is
# undef where there were none: then whatever changed did so by an expiry.
sub evaluate {
	my ($self, $d, $now, $isolated, $expired) = @_;
	my $memory = $self->{memory}{ $d->{name} } ||= {};
	my (@targets, @ranks);
	for my $t (@{ $d->{targets} }) {
		my $m = $memory->{targets}{ key($t) } ||= {};
		my $vote = $self->vote($d, $t, $now, $isolated);
		my $by_expiry = !$expired || ($expired->{ "$d->{name} " . key($t) } // '') eq 'undetermined';
		my $state = hold($d, $m, $vote->{word}, $now, $by_expiry ? $now - 1 : $now);
		my $override = $self->override($d, $t, $now);
		my $kept_down = kept_down($d, $m, $state, $override, $now);
		push @ranks, rank_of($d, $t, $override, $state, $kept_down);
		push @targets, { ip => $t->{ip}, port => $t->{port},
			state => $override // $state, map { $_ => $vote->{$_} } qw(ok fail missing) };
	}
	my $answer = Answer::decide($d, \@ranks, $memory);
	my $said = join ' ', map { $_->{source}, $_->{rcode} // '-', @{ $_->{answers} } } map { $answer->{$_} } sort keys %$answer;
	if (!defined $memory->{said} || $memory->{said} ne $said) {
		$memory->{said} = $said;
		$memory->{since} = $now;
	}
	return { answer => $answer, targets => \@targets, since => $memory->{since}, said => $said };
}

# All domains at an instant, after its lines were taken.
sub evaluate_all {
	my ($self, $now, $expired) = @_;
	my $isolated = $self->{isolated} = $self->isolated($now);
	return { map { $_->{name} => $self->evaluate($_, $now, $isolated, $expired) } @{ $self->{domains} } };
}

# The votes of all quorums as an expiry alone leaves them, with the agents isolated that were so before.
sub votes_now {
	my ($self, $now) = @_;
	my %votes;
	for my $d (grep { $_->{votes} eq 'quorum' } @{ $self->{domains} }) {
		$votes{ $d->{name} . ' ' . key($_) } = $self->vote($d, $_, $now, $self->{isolated} || [])->{word} for @{ $d->{targets} };
	}
	return \%votes;
}

# ---- time

# True: it was a report, and it counts.
sub take {
	my ($self, $line) = @_;
	if ($line->{override}) {
		my $name = plain($line->{target} // '');
		$self->{overrides}{ ($line->{domain} // '') . " $name" } = $line;
		return 0 if $line->{override} ne 'clear';
		for my $d (@{ $self->{domains} }) {
			for my $t (grep { names($line, $d, $_) } @{ $d->{targets} }) {
				$self->{memory}{ $d->{name} }{targets}{ key($t) }{cleared} = $line->{arrival};
			}
		}
		return 0;
	}
	my ($d) = grep { $_->{name} eq $line->{domain} } @{ $self->{domains} };
	return 0 if !$d || !grep { $_->{ip} eq $line->{ip} && same($_->{port}, $line->{port}) } @{ $d->{targets} };
	return 0 if $self->{config}{agents} && !grep { $_ eq $line->{agent} } $self->configured($d);
	my $r = { %$line, effective => effective($line), plain => ($line->{type} ne $d->{mode} ? 1 : 0) };
	my $reports = $self->{reports}{ $d->{name} }{ key($line) }{ $line->{agent} } ||= [];
	return 0 if repeated($r, $reports->[-1]);
	push @$reports, $r;
	$self->{views}{ $d->{name} }{ key($line) }{ $line->{agent} } = view($d, $reports);
	return 1;
}

# Every instant at which a line alone can change something: when it comes, and when it is no longer worth what it was.
sub instants_of {
	my ($self, $line) = @_;
	return ($line->{arrival}, $line->{until} // ()) if $line->{override};
	my $e = effective($line);
	return $line->{arrival}, map { ($e + $_->{timeout} + 1, $self->{config}{agents} ? () : $e + $_->{agent_forget} + 1) }
	    grep { $_->{name} eq $line->{domain} } @{ $self->{domains} };
}

# The ends of holds and delays that are running.
sub running {
	my ($self) = @_;
	my @ends;
	for my $d (@{ $self->{domains} }) {
		for my $m (values %{ $self->{memory}{ $d->{name} }{targets} }) {
			push @ends, $m->{undetermined} + $d->{hold} + 1 if defined $m->{undetermined};
			push @ends, $m->{up_since} + $d->{failback_delay} + 1 if defined $m->{up_since};
		}
	}
	return @ends;
}

sub copy {
	my ($x) = @_;
	return { map { $_ => copy($x->{$_}) } keys %$x } if ref $x eq 'HASH';
	return [map { copy($_) } @$x] if ref $x eq 'ARRAY';
	return $x;
}

# For each domain the first instant after NOW at which it says something else, if nothing more comes.
sub next_changes {
	my ($self, $now, $judged) = @_;
	local $self->{memory} = copy($self->{memory});
	local $self->{isolated} = $self->{isolated};
	my @taken = grep { $_->{arrival} <= $now } @{ $self->{lines} };
	my %todo = map { $_ => 1 } grep { $_ > $now } map { $self->instants_of($_) } @taken;
	my %next;
	for (;;) {
		$todo{$_} = 1 for grep { $_ > $now } $self->running;
		my ($then) = sort { $a <=> $b } keys %todo;
		last if !defined $then || keys %next == keys %$judged;
		delete $todo{$then};
		my $later = $self->evaluate_all($then);
		for (keys %$judged) { $next{$_} //= $then if $later->{$_}{said} ne $judged->{$_}{said} }
		$now = $then;
	}
	return \%next;
}

# Through all instants, in order.  ASKED: times at which the judgement is wanted.
sub run {
	my ($self, @asked) = @_;
	$self->{$_} = {} for qw(memory reports views overrides);
	$self->{isolated} = [];
	my @lines = @{ $self->{lines} };
	my %asked = map { $_ => 1 } @asked;
	my %todo = (%asked, map { $_ => 1 } map { $self->instants_of($_) } @lines);
	my $begin = @lines ? $lines[0]{arrival} : $asked[0];
	my (%judged, @changes, $signs);
	for (;;) {
		my ($now) = sort { $a <=> $b } keys %todo;
		last if !defined $now;
		delete $todo{$now};
		next if $now < $begin && !$asked{$now};
		my $expired = $self->votes_now($now);
		my $reports = 0;
		$reports += $self->take(shift @lines) while @lines && $lines[0]{arrival} <= $now;
		my $judged = $self->evaluate_all($now, $reports ? $expired : undef);
		if ($asked{$now}) {
			$judged{$now} = $judged;
			my $next = $self->next_changes($now, $judged);
			$judged->{$_}{next} = $next->{$_} for keys %$judged;
		}
		if ($now < $begin) { # nothing exists yet, and nothing is remembered of it
			$self->{memory} = {};
			next;
		}
		my $sign = join ';', map { my $j = $judged->{$_}; $j->{said}, map { @$_{qw(state ok fail missing)} } @{ $j->{targets} } }
		    sort keys %$judged;
		push @changes, $now if !defined $signs || $signs ne $sign;
		$signs = $sign;
		$todo{$_} = 1 for grep { $_ > $now } $self->running;
	}
	$self->{changes} = \@changes;
	return map { $judged{$_} } @asked;
}

sub at { my ($self, @times) = @_; return $self->run(@times) }

# Where something changed, and all other instants that the rules know of.
sub changes { my ($self) = @_; $self->run; return @{ $self->{changes} } }
sub instants {
	my ($self) = @_;
	my %i = map { $_ => 1 } map { $self->instants_of($_) } @{ $self->{lines} };
	return sort { $a <=> $b } keys %i;
}

1;
