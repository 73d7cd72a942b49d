package Answer;
# From the ranks of a domain's targets to what A and AAAA answer: rules 1 to 4, the fallback list, the TTL.
#
#	my $answer = decide($domain, \@ranks, $memory);	# { A => {answers, ttl, source, rcode, select, weights}, AAAA => … }
#
# A rank is up, drained, unknown, down or out; MEMORY keeps the answers that `keep` and `last` go back to.
use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(family_of ceiling);
my @FAMILIES = ('A', 'AAAA');
sub family_of { my ($ip) = @_; return $ip =~ /:/ ? 'AAAA' : 'A' }
sub ceiling { my ($x, $y) = @_; return int(($x + $y - 1) / $y) }
# Where weights count, a target of weight 0 is out of every rule.
sub weighs_nothing { my ($d, $t) = @_; return $d->{select} eq 'weighted' && $t->{weight} == 0 }

# The rank of each address: the worst of those of its ports.
sub address_ranks {
	my ($d, @ranks) = @_;
	my %ranks;
	my @worst = ('out', 'down', 'unknown', 'drained', 'up');
	for my $i (0 .. $#ranks) { $ranks{ $d->{targets}[$i]{ip} }{ $ranks[$i] } = 1 }
	for my $ip (keys %ranks) { ($ranks{$ip}) = grep { $ranks{$ip}{$_} } @worst }
	return \%ranks;
}

# How many of a tier must be up: a count, or a share rounded up, but never more than the tier has: of the vectors,
# min_healthy 2 leads from A alone of {A,B} to all of {C}.
sub enough {
	my ($d, $family, $tier) = @_;
	my $n = grep { family_of($_->{ip}) eq $family && $_->{priority} == $tier } @{ $d->{targets} };
	my $least = $d->{min_healthy} =~ /^(\d+)%$/ ? ceiling($n * $1, 100) : $d->{min_healthy};
	return $least < $n ? $least : $n;
}

sub unique { my %seen; return sort grep { !$seen{$_}++ } @_ }
sub tiers { my %seen; return sort { $b <=> $a } grep { !$seen{$_}++ } map { $_->{priority} } @_ }
sub addresses { return unique(map { $_->{ip} } @_) }

# Which of these targets, all fit to be answered, are.
sub choose {
	my ($d, $family, @fit) = @_;
	return addresses(@fit) if $d->{select} ne 'priority';
	my @tiers = tiers(@fit);
	my $tier = $tiers[0];
	for (@tiers) {
		my $here = $_;
		my $n = grep { $_->{priority} == $here } @fit;
		next if $n < enough($d, $family, $here);
		$tier = $here;
		last;
	}
	return addresses(grep { $_->{priority} == $tier } @fit);
}

# Every configured target that is not out; if all are, all of them.
sub everything {
	my ($d, $family, $ranks) = @_;
	my @mine = grep { family_of($_->{ip}) eq $family } @{ $d->{targets} };
	my @in = grep { $ranks->{ $_->{ip} } ne 'out' } @mine;
	@in = @mine if !@in;
	my ($highest) = tiers(@in);
	@in = grep { $_->{priority} == $highest } @in if $d->{select} eq 'priority';
	return addresses(@in);
}

# Rules 1 to 4 for one family with targets.  {as_fallback} stands for what both families say together.
sub rules {
	my ($d, $family, $ranks, $m) = @_;
	my @mine = grep { family_of($_->{ip}) eq $family } @{ $d->{targets} };
	for my $fit ('up', 'drained') {
		my @fit = grep { $ranks->{ $_->{ip} } eq $fit } @mine;
		return { rule => 1, answers => [choose($d, $family, @fit)], source => 'live' } if @fit;
	}
	my $less = sub { return [grep { ($ranks->{$_} // '') ne 'out' } @{ $_[0] }] };
	my $fallback = { as_fallback => 1 };
	if (grep { $ranks->{ $_->{ip} } eq 'unknown' } @mine) {
		return { rule => 3, answers => [everything($d, $family, $ranks)], source => 'all' } if $d->{on_silence} eq 'all';
		my $kept = $m->{kept};
		return { rule => 3, %$fallback } if $d->{on_silence} ne 'keep' || !$kept;
		my $left = $less->($kept->{answers});
		return { rule => 3, %$fallback } if @{ $kept->{answers} } && !@$left;
		return { rule => 3, answers => $left, source => 'keep', from => $kept->{source},
			map { $_ => $kept->{$_} } qw(rcode ttl is_fallback) };
	}
	my $word = $d->{on_all_down};
	return { rule => 4, answers => [everything($d, $family, $ranks)], source => 'all' } if $word eq 'all';
	return { rule => 4, answers => [], source => 'none' } if $word eq 'nodata';
	return { rule => 4, answers => [], source => 'none', rcode => uc $word } if $word eq 'servfail' || $word eq 'refused';
	if ($word eq 'last' && $m->{last}) {
		my $left = $less->($m->{last});
		return { rule => 4, answers => $left, source => 'last' } if @$left;
	}
	return { rule => 4, %$fallback };
}

# What a family answers that is at its fallback; OTHER_HAS_ONE: the other family has an answer.
sub fall_back {
	my ($d, $family, $ranks, $other_has_one) = @_;
	my @list = @{ $d->{fallback} || [] };
	my @mine = grep { family_of($_) eq $family } @list;
	return { answers => [unique(@mine)], source => 'fallback' } if @mine;
	return { answers => [], source => 'none' } if @list && $other_has_one;
	return { answers => [everything($d, $family, $ranks)], source => 'all' };
}

# Both families of a domain together.
sub select_answers {
	my ($d, $ranks, $memory) = @_;
	my %has = map { family_of($_->{ip}) => 1 } @{ $d->{targets} };
	my %answer = map { $_ => rules($d, $_, $ranks, $memory->{$_} ||= {}) } grep { $has{$_} } @FAMILIES;
	for my $family (grep { $answer{$_} && $answer{$_}{as_fallback} } @FAMILIES) {
		my ($other) = grep { $_ ne $family } @FAMILIES;
		# The list has only the other's addresses: it has an answer if it is at its fallback too, and
		# without targets it answers the list just because this family is at its fallback.
		my $has_one = !$answer{$other} || $answer{$other}{as_fallback} || @{ $answer{$other}{answers} } > 0;
		$answer{$family} = { %{ $answer{$family} }, is_fallback => 1, %{ fall_back($d, $family, $ranks, $has_one) } };
	}
	for my $family (grep { !$answer{$_} } @FAMILIES) {
		my ($other) = grep { $_ ne $family } @FAMILIES;
		my @list = grep { family_of($_) eq $family } @{ $d->{fallback} || [] };
		my $at_fallback = $answer{$other} && $answer{$other}{is_fallback};
		$answer{$family} = $at_fallback && @list ? { answers => [unique(@list)], source => 'fallback' }
			: { answers => [], source => 'none' };
	}
	return \%answer;
}

# Of several answers that are no fallback each query gets one: how, and by what weights.
sub one_of {
	my ($d, $answer) = @_;
	return if $d->{select} !~ /^(?:weighted|hash)$/ || ($answer->{from} // $answer->{source}) eq 'fallback';
	return if @{ $answer->{answers} } < 2;
	return ($d->{select}, undef) if $d->{select} eq 'hash';
	my @weights;
	for my $ip (@{ $answer->{answers} }) {
		my ($least) = sort { $a <=> $b } map { $_->{weight} } grep { $_->{ip} eq $ip } @{ $d->{targets} };
		push @weights, $least;
	}
	return ($d->{select}, grep({ !$_ } @weights) ? [map { 1 } @weights] : \@weights);
}

# Whether some target of the family is down, those aside that weigh nothing.
sub degraded {
	my ($d, $family, $ranks) = @_;
	my %nothing = map { $_->{ip} => 1 } grep { weighs_nothing($d, $_) } @{ $d->{targets} };
	return scalar grep { family_of($_) eq $family && !$nothing{$_} && $ranks->{$_} =~ /^(?:down|out)$/ } keys %$ranks;
}

sub decide {
	my ($d, $target_ranks, $memory) = @_;
	my $ranks = address_ranks($d, @$target_ranks);
	my $answer = select_answers($d, $ranks, $memory);
	for my $family (@FAMILIES) {
		my ($mine, $m) = ($answer->{$family}, $memory->{$family} ||= {});
		my $ttl = defined $d->{ttl_degraded} && degraded($d, $family, $ranks) ? $d->{ttl_degraded} : $d->{ttl};
		$mine->{ttl} //= $mine->{source} eq 'fallback' ? $d->{fallback_ttl} : $ttl;
		@$mine{'select', 'weights'} = one_of($d, $mine);
		$m->{kept} = $mine if $mine->{rule} && $mine->{rule} != 3;
		$m->{last} = $mine->{answers} if $mine->{rule} && $mine->{rule} == 1;
	}
	return $answer;
}

1;
