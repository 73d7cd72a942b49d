#!/usr/bin/perl
# Reads the text format of Prometheus (version 0.0.4) strictly: a family's lines stand together under one HELP and one
# TYPE, no series is there twice, every name, label, escape and value is well-formed.  Says how many samples there are.
use strict;
use warnings;

my ($family, %type, %help, %series, %done, $n);
sub wrong { die "line $.: $_[0]: $_\n" }
while (<STDIN>) {
	wrong('no end of line') unless s/\n\z//;
	if (/^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/) {
		my ($what, $name, $rest) = ($1, $2, $3);
		if ($what eq 'HELP') {
			wrong('a second HELP') if $help{$name}++;
			wrong('an escape that is none') if $rest =~ /\\(?![\\n])/;
			$done{$family} = 1 if defined $family;
			$family = $name;
		} else {
			wrong('a second TYPE') if $type{$name};
			wrong('TYPE of another family than HELP') unless defined $family && $family eq $name;
			wrong('no such type') unless $rest =~ /^(counter|gauge|untyped)$/;
			$type{$name} = $rest;
		}
		next;
	}
	wrong('neither comment nor sample') unless /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)$/;
	my ($name, $labels, $value) = ($1, $3 // '', $4);
	wrong('a sample outside of its family') unless defined $family && $name eq $family && $type{$name} && !$done{$name};
	wrong('not a number') unless $value =~ /^(NaN|[+-]Inf|[+-]?\d+(\.\d+)?([eE][+-]?\d+)?)$/;
	wrong('a counter that is no _total') if $type{$name} eq 'counter' && $name !~ /_total$/;
	my %seen;
	for (my $rest = $labels; length $rest;) {
		$rest =~ s/^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,(?=.)|$)// or wrong('labels');
		wrong("label $1 twice") if $seen{$1}++;
	}
	wrong('the same series again') if $series{"$name\{$labels\}"}++;
	$n++;
}
die "no sample\n" unless $n;
print "$n samples\n";
