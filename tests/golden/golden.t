#!/usr/bin/env perl
# Golden cases: fodns.yaml, reports.jsonl, at -> decision.jsonl.
#
# `at` holds one time a line, each with the exit status wanted behind it (default: any of a judgement).
# decision.jsonl holds the decisions wanted, those of the first time first: every line of
# output in order.  A member that it does not name is not looked at; a list has to match whole.
# `explain`, if there is one, holds what --explain says at those times, and `changes` what --since says
# from the first of them to the last.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename;
use File::Temp;
use JSON::PP;

my $here = abs_path(dirname(__FILE__));
my $decide = abs_path($ENV{FODNS_BIN} || die "FODNS_BIN names the directory of the programs\n") . '/fodns-decide';
my @cases = @ARGV ? @ARGV : map { basename(dirname($_)) } sort glob "$here/*/fodns.yaml";
my $json = JSON::PP->new->canonical->allow_nonref;
my $stderr = File::Temp->new;
my $n = 0;

sub slurp { my ($f) = @_; open my $h, '<', $f or die "$f: $!\n"; local $/; my $s = <$h>; return $s // '' }
sub rows { my ($f) = @_; return grep { /\S/ && !/^#/ } split /\n/, slurp($f) }
sub unlike_text { my ($got, $want, $path) = @_; return "$path: got " . $json->encode($got) . ', want ' . $json->encode($want) }

# The first difference, "path: got X, want Y"; undef: none.
sub differs {
	my ($got, $want, $path) = @_;
	if (ref $want) {
		return unlike_text($got, $want, $path) if ref $got ne ref $want;
		return unlike_text($got, $want, $path) if ref $want eq 'ARRAY' && @$got != @$want;
		for my $k (ref $want eq 'HASH' ? sort keys %$want : 0 .. $#$want) {
			my ($g, $w) = ref $want eq 'HASH' ? ($got->{$k}, $want->{$k}) : ($got->[$k], $want->[$k]);
			my $d = differs($g, $w, "$path/$k");
			return $d if $d;
		}
		return undef;
	}
	return $json->encode($got) eq $json->encode($want) ? undef : unlike_text($got, $want, $path);
}

# What fodns-decide says at one time: the decisions, and what is wrong with the run itself.
sub judge_at {
	my ($at, $status) = @_;
	my @lines = split /\n/, `$decide -c fodns.yaml -r reports.jsonl --at $at -j 2>$stderr`;
	my $exit = $? & 127 ? 'by signal ' . ($? & 127) : $? >> 8;
	my @problems;
	push @problems, "at $at: exit $exit\n" . slurp($stderr) if $exit !~ ($status ? qr/^$status$/ : qr/^[013]$/);
	return (\@problems, map { { %{ decode_json($_) }, asked => $at } } @lines);
}

sub judge {
	my ($dir) = @_;
	my (@got, @problems);
	my $told = '';
	chdir $dir or die "$dir: $!\n";
	for (rows('at')) {
		my ($at, $status) = split;
		my ($bad, @decisions) = judge_at($at, $status);
		push @problems, @$bad;
		push @got, @decisions;
		$told .= `$decide --explain -c fodns.yaml -r reports.jsonl --at $at 2>&1` if -e 'explain';
	}
	push @problems, "explain: got\n$told" if -e 'explain' && $told ne slurp('explain');
	if (-e 'changes') {
		my ($from, $to) = map { (split)[0] } (rows('at'))[0, -1];
		my $changes = `$decide --since $from --at $to --all -j -c fodns.yaml -r reports.jsonl 2>&1`;
		push @problems, "changes: got\n$changes" if $changes ne slurp('changes');
	}
	my @want = map { decode_json($_) } rows('decision.jsonl');
	push @problems, scalar(@got) . ' decisions, want ' . scalar(@want) if @got != @want;
	for (0 .. ($#got < $#want ? $#got : $#want)) {
		my $d = differs($got[$_], $want[$_], '');
		push @problems, "at $got[$_]{asked} $got[$_]{domain}: $d" if $d;
	}
	return @problems;
}

print '1..', scalar(@cases), "\n";
for my $case (@cases) {
	my @problems = eval { judge("$here/$case") };
	push @problems, $@ if $@;
	print @problems ? 'not ' : '', 'ok ', ++$n, " - golden $case\n";
	for (@problems) { s/^/# /mg; print "$_\n" }
}
