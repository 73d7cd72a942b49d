#!/usr/bin/env perl
# Random histories: what fodns-decide says of them is what the model says (Model.pm), at the deadlines too.
#
#	HISTORIES	how many (default 30)
#	SEED		of the first; the others follow it
#	JOBS		how many processes (default 1)
#	KEEP		a directory for what differs, made smaller: SEED.yaml, SEED.jsonl, SEED.txt
#	FAILURES	after how many a process ends (default 1)
#	LEAVE_OUT	words of the config that are not tried ("weighted hash")
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename;
use File::Temp;
use JSON::PP;
use POSIX ();
use lib dirname(abs_path(__FILE__));
use History;
use Model;

my $decide = abs_path($ENV{FODNS_BIN} || die "FODNS_BIN names the directory of the programs\n") . '/fodns-decide';
my ($histories, $first, $jobs) = ($ENV{HISTORIES} || 30, $ENV{SEED} // 1, $ENV{JOBS} || 1);
my $json = JSON::PP->new->canonical->allow_nonref;
my $dir;

sub write_file { my ($f, @text) = @_; open my $h, '>', $f or die "$f: $!\n"; print $h @text; close $h or die "$f: $!\n" }
sub slurp { my ($f) = @_; open my $h, '<', $f or die "$f: $!\n"; local $/; return scalar <$h> // '' }
sub iso { return defined $_[0] ? History::iso($_[0]) : undef }

# ---- what the engine says

sub run_decide {
	my ($at) = @_;
	my $pid = open my $h, '-|';
	defined $pid or die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>', "$dir/err";
		exec $decide, '-c', "$dir/fodns.yaml", '-r', "$dir/reports.jsonl", '--at', iso($at), '-j' or POSIX::_exit(127);
	}
	my @lines = <$h>;
	close $h;
	chomp @lines;
	die sprintf "exit %s\n%s", $? >> 8 || "by signal $?", slurp("$dir/err") if ($? & 127) || ($? >> 8) !~ /^[013]$/;
	return @lines;
}

# ---- what the model says, as text and as what is compared

sub wanted {
	my ($at, $d, $j) = @_;
	my %rrsets = map {
		my $a = $j->{answer}{$_};
		$_ => { answers => $a->{answers}, ttl => $a->{ttl}, source => $a->{source}, map { $_ => $a->{$_} } qw(rcode select weights) }
	} qw(A AAAA);
	return { at => iso($at), domain => $d->{name}, rrsets => \%rrsets, since => iso($j->{since}), next => iso($j->{next}),
		targets => $j->{targets} };
}

# The line as it is written: most agree to the letter, and need not be parsed.
sub wanted_line {
	my ($d, $w) = @_;
	my $time = sub { return defined $_[0] ? "\"$_[0]\"" : 'null' };
	return sprintf '{"type":"decision","at":"%s","domain":"%s","rrsets":{%s},"since":"%s","targets":[%s],"next":%s}',
	    $w->{at}, $w->{domain}, join(',', map {
		my $a = $w->{rrsets}{$_};
		sprintf '"%s":{"answers":[%s],"ttl":%d,"source":"%s","max":%d}', $_, join(',', map { "\"$_\"" } @{ $a->{answers} }),
		    $a->{ttl}, $a->{source}, $d->{max_answers}
	} qw(A AAAA)), $w->{since}, join(',', map {
		sprintf '{"ip":"%s","port":%s,"state":"%s","ok":%d,"fail":%d,"missing":%d}', $_->{ip}, $_->{port} // 'null',
		    @$_{qw(state ok fail missing)}
	} @{ $w->{targets} }), $time->($w->{next});
}

# Every difference as "path: got X, want Y"; a member that is undef need not be there.
sub differences {
	my ($got, $want, $path) = @_;
	my $text = sub { return $json->encode($_[0]) };
	if (ref $want eq 'HASH' && ref $got eq 'HASH') {
		return map { differences($got->{$_}, $want->{$_}, "$path/$_") } sort keys %$want;
	}
	if (ref $want eq 'ARRAY' && ref $got eq 'ARRAY' && @$want == @$got && grep { ref } @$want) {
		return map { differences($got->[$_], $want->[$_], "$path/$_") } 0 .. $#$want;
	}
	my ($g, $w) = map { ref $_ ? $text->($_) : $_ // 'null' } $got, $want;
	return $g eq $w ? () : "$path: got $g, want $w";
}

# What differs at a time, one line each, the domain first.
sub compare {
	my ($model, $at, $judged) = @_;
	my @lines = eval { run_decide($at) };
	return $@ if $@;
	my @out;
	for my $d (@{ $model->{domains} }) {
		my $want = wanted($at, $d, $judged->{ $d->{name} });
		my $line = shift @lines // return 'a decision is missing';
		next if $line eq wanted_line($d, $want);
		push @out, differences(decode_json($line), $want, $d->{name});
	}
	return @out;
}

# ---- one history

sub lay_out {
	my ($config, $lines) = @_;
	write_file("$dir/fodns.yaml", History::yaml($config));
	write_file("$dir/reports.jsonl", map { History::json_line($_) . "\n" } @$lines);
}

# Times worth asking about: around what changes, around every deadline, and any.
sub moments {
	my ($model) = @_;
	my @changes = $model->changes;
	my @instants = $model->instants;
	my @t = map { $_ + History::pick(-1, -1, 0, 0, 0, 1) } (map { History::pick(@changes) } 1 .. 5),
	    map { History::pick(@instants) } 1 .. 3;
	push @t, $instants[0] + int rand($instants[-1] - $instants[0]) % 200_000;
	my %seen;
	return sort { $a <=> $b } grep { $_ < 3e12 && !$seen{$_}++ } @t;
}

sub first_difference {
	my ($config, $lines, @times) = @_;
	my $model = Model->new($config, $lines);
	@times = moments($model) if !@times;
	my @judged = $model->at(@times);
	lay_out($config, $lines);
	for my $i (0 .. $#times) {
		my @d = compare($model, $times[$i], $judged[$i]);
		return ($times[$i], @d) if @d;
	}
	return;
}

# Whether less still shows the same kind of difference.
sub still {
	my ($config, $lines, $at, $kind) = @_;
	return 0 if !@{ $config->{domains} };
	my (undef, @d) = eval { first_difference($config, $lines, $at) };
	return scalar grep { /^\Q$kind\E/ } @d;
}

# All that can be left out of a config: domains, targets, keys, agents.
sub smaller_configs {
	my ($c) = @_;
	my @out;
	for my $i (0 .. $#{ $c->{domains} }) {
		my @d = @{ $c->{domains} };
		my $d = splice @d, $i, 1;
		push @out, { %$c, domains => [@d] };
		my $with = sub { my @all = @{ $c->{domains} }; $all[$i] = { %$d, @_ }; return { %$c, domains => \@all } };
		for my $key (qw(targets fallback)) {
			for my $k (0 .. $#{ $d->{$key} }) {
				my @t = @{ $d->{$key} };
				splice @t, $k, 1;
				push @out, $with->($key => \@t) if @t || $key ne 'targets';
			}
		}
		for my $key (qw(priority weight)) {
			next if !grep { defined $_->{$key} } @{ $d->{targets} };
			push @out, $with->(targets => [map { { %$_, $key => undef } } @{ $d->{targets} }]);
		}
		push @out, map { $with->($_ => undef) } grep { defined $d->{$_} && !/^(name|mode|targets|fallback)$/ } sort keys %$d;
	}
	push @out, { %$c, agents => undef } if $c->{agents};
	for my $k (0 .. $#{ $c->{agents} || [] }) {
		my @a = @{ $c->{agents} };
		splice @a, $k, 1;
		push @out, { %$c, agents => \@a } if @a;
	}
	return @out;
}

sub shrink {
	my ($config, $lines, $at, $kind) = @_;
	my $again = 1;
	while ($again) {
		$again = 0;
		for (my $size = int((@$lines + 1) / 2); $size; $size = int($size / 2)) {
			for (my $i = 0; $i < @$lines;) {
				my @less = @$lines;
				splice @less, $i, $size;
				if (@less < @$lines && still($config, \@less, $at, $kind)) { $lines = \@less; $again = 1 }
				else { $i += $size }
			}
		}
		for (my $go = 1; $go;) {
			$go = 0;
			for my $c (smaller_configs($config)) {
				next if !still($c, $lines, $at, $kind);
				($config, $go, $again) = ($c, 1, 1);
				last;
			}
		}
		for my $i (0 .. $#$lines) {
			for my $k (qw(received age_ms inc seq)) {
				next if !defined $lines->[$i]{$k};
				my @less = @$lines;
				$less[$i] = { %{ $less[$i] }, $k => undef };
				if (still($config, \@less, $at, $kind)) { $lines = \@less; $again = 1 }
			}
		}
	}
	return ($config, $lines);
}

# The report of a difference: what is asked, what was said, and the history.
sub describe {
	my ($seed, $config, $lines, $at, @d) = @_;
	my ($kind) = $d[0] =~ m{^([^:]*?)(?:/\d+/|/(?:ok|fail|missing|since|next)|:)};
	($kind) = $d[0] =~ /^([^:\n]*)/ if !defined $kind;
	my ($c, $l) = shrink($config, $lines, $at, $kind);
	my (undef, @left) = first_difference($c, $l, $at);
	my $text = join '', "seed $seed at ", iso($at), "\n", map({ chomp; "$_\n" } @left);
	if ($ENV{KEEP}) {
		write_file("$ENV{KEEP}/$seed.yaml", slurp("$dir/fodns.yaml"));
		write_file("$ENV{KEEP}/$seed.jsonl", slurp("$dir/reports.jsonl"));
		write_file("$ENV{KEEP}/$seed.txt", $text);
	}
	return $text . slurp("$dir/fodns.yaml") . slurp("$dir/reports.jsonl");
}

sub work {
	my ($job) = @_;
	my $known = History::known($decide, split ' ', $ENV{LEAVE_OUT} // '');
	my $failures = 0;
	for (my $n = $job; $n < $histories; $n += $jobs) {
		print "# $n of $histories\n" if $n && $n % 1000 == 0;
		my $seed = $first + $n;
		my ($config, $lines) = History::random($seed, $known);
		next if !@$lines;
		my ($at, @d) = eval { first_difference($config, $lines) };
		my $text = $@ ? "seed $seed: $@" : @d ? describe($seed, $config, $lines, $at, @d) : next;
		$text =~ s/^/# /mg;
		print "$text\n";
		last if ++$failures >= ($ENV{FAILURES} || 1);
	}
	return $failures > 0;
}

$| = 1;
my @pids;
for my $job (0 .. $jobs - 1) {
	defined(my $pid = fork) or die "fork: $!\n";
	push @pids, $pid and next if $pid;
	$dir = File::Temp->newdir;
	my $status = work($job);
	undef $dir;
	exit $status;
}
my $failed = 0;
for (@pids) { waitpid $_, 0; $failed ||= $? }
print $failed ? 'not ' : '', "ok 1 - $histories random histories from seed $first: engine and model agree\n1..1\n";
