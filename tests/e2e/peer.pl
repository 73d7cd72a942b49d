#!/usr/bin/env perl
# peer.pl MODE: a server on a port of 127.0.0.1 that it prints, by UDP for udp-..., by TCP for tcp-...,
# by both for dns-..., that behaves in the one way that the tables below say.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);

my $mode = shift // die "peer.pl MODE\n";
$SIG{PIPE} = 'IGNORE';
$SIG{CHLD} = 'IGNORE';
$| = 1;

my ($tcp, $udp);
for (1 .. 200) {
	my $port = 12000 + int rand 18000;
	($tcp, $udp) = ();
	$tcp = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', LocalPort => $port) or next if $mode !~ /^udp/;
	$udp = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1', LocalPort => $port) or next if $mode !~ /^tcp/;
	print "$port\n";
	last;
}

# ---- DNS: what a query is answered with
sub question { my $q = shift; $q =~ /^.{12}((?:[^\0].*?)?\0.{4})/s ? $1 : '' }
sub answer {    # query, flags, count, records
	my ($q, $flags, $n, $records) = @_;
	substr($q, 0, 2) . pack('n5', $flags, 1, $n, 0, 0) . question($q) . $records;
}
sub record { my ($owner, $type, $class, $data) = @_; $owner . pack('nnNn', $type, $class, 60, length $data) . $data }
my ($asked, $cdn, $evil, $address) = ("\xc0\x0c", "\3cdn\4test\0", "\4evil\4test\0", pack('C4', 192, 0, 2, 1));
sub a { "\xc0\x0c" . pack('nnNn', 1, 1, 60, 4) . pack('C4', @_) }
my $chain = "\xc0\x0c\0\x05\0\1\0\0\0\x3c\x0f\xa0" . join('', map { pack('n', 0xc000 | (12 + $_ % 4000)) } 1 .. 2000);
my %dns = (
	good     => sub { answer($_[0], 0x8180, 2, a(192, 0, 2, 1) . a(192, 0, 2, 2)) },
	wrongid  => sub { my $m = answer($_[0], 0x8180, 1, a(192, 0, 2, 1)); substr($m, 0, 2) ^= "\1\1"; $m },
	wrongq   => sub { my $m = answer($_[0], 0x8180, 1, a(192, 0, 2, 1)); substr($m, 13, 1) ^= "\1"; $m },
	query    => sub { $_[0] },
	garbage  => sub { pack('C*', map { int rand 256 } 1 .. 300) },
	loop     => sub { answer($_[0], 0x8180, 1, "\xc0\x0c\0\x05\0\1\0\0\0\x3c\0\2\xc0" . chr(12 + length(question($_[0])) + 12)) },
	chain    => sub { answer($_[0], 0x8180, 100, $chain) },
	many     => sub { answer($_[0], 0x8180, 65535, a(192, 0, 2, 1) x 20) },
	cut      => sub { substr(answer($_[0], 0x8180, 1, a(192, 0, 2, 1)), 0, -3) },
	owner    => sub { answer($_[0], 0x8180, 1, record($evil, 1, 1, $address)) },
	class    => sub { answer($_[0], 0x8180, 1, record($asked, 1, 3, $address)) },
	type     => sub { answer($_[0], 0x8180, 1, record($asked, 16, 1, "\x09192.0.2.1")) },
	alias    => sub { answer($_[0], 0x8180, 2, record($asked, 5, 1, $cdn) . record($cdn, 1, 1, $address)) },
	nowhere  => sub { answer($_[0], 0x8180, 2, record($asked, 5, 1, $cdn) . record($evil, 1, 1, $address)) },
	empty    => sub { answer($_[0], 0x8180, 0, '') },
	refused  => sub { substr($_[0], 0, 2) . pack('n5', 0x8185, 0, 0, 0, 0) },
	rcode15  => sub { answer($_[0], 0x818f, 0, '') },
	case     => sub { my $m = answer($_[0], 0x8180, 1, a(192, 0, 2, 1)); substr($m, 12) =~ tr/a-z/A-Z/; $m },
	header   => sub { substr($_[0], 0, 2) . "\x81\x80" },
	truncate => sub { answer($_[0], 0x8380, 0, '') },
);

sub serve_udp {
	my ($how) = $mode =~ /^\w+-(.*)/;
	my ($seen, $last) = (0, '');
	while (defined(my $from = $udp->recv(my $q, 65536))) {
		$seen++;
		if ($how eq 'echo') { $udp->send($q, 0, $from) }
		elsif ($how eq 'second') { $udp->send("pong", 0, $from) if $seen % 2 == 0 } # the first is lost
		elsif ($how eq 'noise') { $udp->send("noise", 0, $from) for 1 .. 40 }
		elsif ($how eq 'other') { # from another port: not the target
			my $o = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1');
			$o->send("pong", 0, $from);
		}
		elsif ($how eq 'both') { # a forged one first
			$udp->send($dns{wrongid}->($q), 0, $from);
			$udp->send($dns{good}->($q), 0, $from);
		}
		elsif ($how eq 'flood') { # of forged ones, slow enough for all to be seen, until the good one is
			for my $round (1 .. 60) {
				$udp->send($dns{wrongid}->($q), 0, $from) for 1 .. 50;
				$udp->send($dns{good}->($q), 0, $from) if $round > 40;
				select undef, undef, undef, 0.002;
			}
		}
		elsif ($how =~ /^tcp/) { $udp->send($dns{truncate}->($q), 0, $from) }
		elsif ($dns{$how}) { $udp->send($dns{$how}->($q), 0, $from) }
	}
}

# ---- by TCP
sub until_gone { my $c = shift; 1 while sysread $c, my $sink, 4096 }
sub repeat { # until the other is gone
	my ($c, $first, $again, $pause) = @_;
	syswrite $c, $first;
	while (syswrite $c, $again) { select undef, undef, undef, $pause if $pause }
}
sub framed { pack('n', length $_[0]) . $_[0] }
sub hello { sysread $_[0], my $q, 4096; exit 0 if !length($q // ''); $q }
my $record = "\x16\x03\x03";
my %tcp = (
	banner    => sub { my $c = shift; syswrite $c, "220 mail ESMTP\r\n"; until_gone($c) },
	pieces    => sub { my $c = shift; for (split //, "220 mail ESMTP\r\n") { syswrite $c, $_; select undef, undef, undef, 0.01 } until_gone($c) },
	echo      => sub { my $c = shift; syswrite $c, hello($c) while 1 },
	nul       => sub { my $c = shift; syswrite $c, "\0\0\377\0PONG\0"; until_gone($c) },
	bye       => sub { my $c = shift; syswrite $c, "hello\n" },
	close     => sub { },
	silent    => \&until_gone,
	rst       => sub { my $c = shift; hello($c) if $mode =~ /tls/; setsockopt $c, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0) },
	endless   => sub { repeat(shift, '', 'abcdefgh' x 512, 0) },
	buried    => sub { my $c = shift; syswrite $c, "x\n" x 5000; select undef, undef, undef, 0.05; repeat($c, 'READY', 'x', 0.005) },
	late      => sub { my $c = shift; select undef, undef, undef, 1.5; syswrite $c, "220 hello\r\n"; until_gone($c) },
	drip      => sub { repeat(shift, '', 'x', 0.01) },
	garbage   => sub { my $c = shift; hello($c); syswrite $c, pack('C*', map { int rand 256 } 1 .. 400); until_gone($c) },
	plain     => sub { my $c = shift; hello($c); syswrite $c, "HTTP/1.1 400 Bad Request\r\n\r\n"; until_gone($c) },
	slow      => sub { my $c = shift; hello($c); repeat($c, $record, "\x30", 0.05) },
	cut       => sub { my $c = shift; hello($c); syswrite $c, $record . "\x40\0\x02" },
	records   => sub { my $c = shift; hello($c); repeat($c, '', "$record\0\0" x 500, 0) },
	large     => sub { my $c = shift; hello($c); repeat($c, $record . "\x40\0\x02\xff\xff\xff" . "x" x 16380, $record . "\x40\0" . 'x' x 16384, 0) },
	alert     => sub { my $c = shift; hello($c); syswrite $c, "\x15\x03\x03\0\x02\x02\x28"; until_gone($c) },
	warnings  => sub { my $c = shift; hello($c); repeat($c, '', "\x15\x03\x03\0\x02\x01\x5a" x 50, 0) },
	tcpgood   => sub { my $c = shift; syswrite $c, framed($dns{good}->(substr hello($c), 2)); until_gone($c) },
	tcpslow   => sub { my $c = shift; for (split //, framed($dns{good}->(substr hello($c), 2))) { syswrite $c, $_; select undef, undef, undef, 0.1 } },
	tcpwrong  => sub { my $c = shift; syswrite $c, framed($dns{wrongid}->(substr hello($c), 2)); until_gone($c) },
	tcptrunc  => sub { my $c = shift; syswrite $c, framed($dns{truncate}->(substr hello($c), 2)); until_gone($c) },
	tcphuge   => sub { my $c = shift; hello($c); repeat($c, "\xff\xff", 'x' x 4096, 0) },
	tcpchain  => sub { my $c = shift; syswrite $c, framed(answer(substr(hello($c), 2), 0x8180, 100, $chain x 3)); until_gone($c) },
	tcpclose  => sub { my $c = shift; hello($c); syswrite $c, "\0" },
	tcpsilent => \&until_gone,
);

sub serve_tcp {
	my ($how) = $mode =~ /^\w+-(?:tls)?(.*)/;
	while (my $c = $tcp->accept) {
		my $pid = fork;
		next if !defined $pid || $pid;
		$SIG{ALRM} = 'DEFAULT';
		alarm 30;
		$tcp{$how}->($c) if $tcp{$how};
		close $c;
		exit 0;
	}
}

if ($tcp && $udp) {
	my $pid = fork // die;
	if (!$pid) { serve_tcp(); exit 0 }
	$SIG{TERM} = sub { kill 'TERM', $pid; exit 0 };
	serve_udp();
}
elsif ($tcp) { serve_tcp() }
else { serve_udp() }
