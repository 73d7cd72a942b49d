#!/usr/bin/env perl
# proxy.pl LOG [refuse]: an HTTP proxy on a port of 127.0.0.1 that it prints: CONNECT, and requests for whole URLs,
# each noted in LOG by its first line. With refuse it lets nobody through.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

my ($log, $refuse) = @ARGV;
$SIG{CHLD} = $SIG{PIPE} = 'IGNORE';
$| = 1;
my $s = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1') or die $!;
print $s->sockport, "\n";

sub head {
	my ($c, $text) = (shift, '');
	while ($text !~ /\r\n\r\n/) { sysread($c, $text, 4096, length $text) or exit }
	$text;
}
sub through {
	my ($c, $to, $first) = @_;
	my $t = IO::Socket::INET->new(PeerAddr => $to) or return print $c "HTTP/1.1 502 Bad Gateway\r\n\r\n";
	syswrite($t, $first);
	my $both = IO::Select->new($c, $t);
	while (1) {
		for my $from ($both->can_read) {
			sysread($from, my $data, 65536) or return;
			syswrite($from == $c ? $t : $c, $data);
		}
	}
}
while (1) {
	my $c = $s->accept or next;
	next if fork;
	my $request = head($c);
	my ($line) = $request =~ /^(.*?)\r\n/;
	open my $f, '>>', $log;
	print $f "$line\n";
	close $f;
	if ($refuse) { print $c "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n" }
	elsif ($line =~ /^CONNECT (\S+)/) { syswrite($c, "HTTP/1.1 200 OK\r\n\r\n"); through($c, $1, '') }
	elsif ($line =~ m{^\w+ http://([^/]+)}) { through($c, $1, $request) }
	exit;
}
