#!/usr/bin/env perl
# original.pl master LOG TASKFILE [PORT] | agent URL TOKEN TAGS ID [ROUNDS]: PyFailoverDNS as it is on the wire, and
# stricter: what one of its programs would merely overlook is an error here.
#
# master prints its port. It has two paths, POST /api/v1/report and GET /api/v1/tasks?tags=, and answers 404
# {"detail":"Not Found"} to any other, 405 {"detail":"Method Not Allowed"} to any other method. A report is what its
# model says and nothing else. Each request is a line of LOG: its status, what it was, and why not. The domain
# closed.failover has the token sesame-open; other.failover is unknown.
#
# agent asks once for tasks and then goes through them ROUNDS times, each time a TCP connect and a report on a
# connection of its own, as the requests module does it.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use Time::HiRes qw(time);

$SIG{CHLD} = $SIG{PIPE} = 'IGNORE';
$| = 1;
my $json = JSON::PP->new->utf8;

# ---- master
my ($log, $tasks);
my %model = (    # may be null, type
	agent_id => [0, 's'], timestamp => [0, 't'], check_name => [0, 's'], domain => [0, 's'], type => [0, 's'],
	target_ip => [0, 's'], port => [1, 'i'], status => [0, 'o'], latency_ms => [1, 'n'], reason => [1, 's']);
my %is = (
	s => sub { $_[0] =~ /^"/ },
	t => sub { $_[0] =~ /^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?(Z|[+-]\d\d:\d\d)"$/ },
	i => sub { $_[0] =~ /^\d+$/ },
	n => sub { $_[0] =~ /^\d+(\.\d+)?([eE][+-]?\d+)?$/ },
	o => sub { $_[0] =~ /^"(ok|fail)"$/ });

# What is wrong with a report: (field, message), or nothing.
sub wrong {
	my ($text, $r) = @_;
	for my $k (sort keys %model) {
		my ($null, $kind) = @{$model{$k}};
		return ($k, 'Field required') if !exists $r->{$k};
		my $v = $json->allow_nonref->encode($r->{$k});
		return ($k, "Input should be a valid $kind, not $v") unless $v eq 'null' ? $null : $is{$kind}->($v);
	}
	my ($more) = grep { !$model{$_} } sort keys %$r;
	return ($more, 'Extra inputs are not permitted') if defined $more;
	my $name = "$r->{domain}:$r->{target_ip}:" . ($r->{port} // 'icmp');
	return ('check_name', "not $name") if $r->{check_name} ne $name;
	();
}
sub report {
	my ($h, $body) = @_;
	return (422, {detail => [{type => 'model_attributes_type', loc => ['body'], msg => 'Input should be a valid dictionary'}]}, 'content type')
		if ($h->{'content-type'} // '') !~ m{^application/json(;|$)};
	my $r = eval { JSON::PP->new->utf8->decode($body) };
	return (422, {detail => [{type => 'json_invalid', loc => ['body', 0], msg => 'JSON decode error'}]}, 'no JSON') if ref $r ne 'HASH';
	my ($field, $msg) = wrong($body, $r);
	return (422, {detail => [{type => 'value_error', loc => ['body', $field], msg => $msg}]}, "$field: $msg") if defined $field;
	return (404, {detail => 'Unknown domain'}, 'domain') if $r->{domain} eq 'other.failover';
	return (403, {detail => 'Invalid token'}, 'token') if $r->{domain} eq 'closed.failover' && ($h->{'x-api-key'} // '') ne 'sesame-open';
	(200, {status => 'ok'}, "$r->{check_name} $r->{type} $r->{status} " . ($r->{reason} // '-'));
}
sub list {
	my ($h, $query) = @_;
	my ($tags) = $query =~ /(?:^|&)tags=([^&]*)/;
	return (422, {detail => [{type => 'missing', loc => ['query', 'tags'], msg => 'Field required'}]}, 'no tags') unless defined $tags;
	$tags =~ s/\+/ /g;
	$tags =~ s/%([0-9a-fA-F]{2})/chr hex $1/ge;
	my %want = map { s/^\s+|\s+$//gr => 1 } split /,/, $tags;
	open my $f, '<', $tasks or die;
	my @all = map { $json->decode($_) } grep { /\S/ } <$f>;
	@all = grep { $want{delete $_->{tag}} && ($_->{domain} ne 'closed.failover' || ($h->{'x-api-key'} // '') eq 'sesame-open') } @all;
	(200, {tasks => \@all}, "tags $tags");
}
sub answer {
	my ($method, $target, $h, $body) = @_;
	my ($path, $query) = split /\?/, $target, 2;
	my %paths = ('/api/v1/report' => 'POST', '/api/v1/tasks' => 'GET');
	return (404, {detail => 'Not Found'}, 'path') unless $paths{$path};
	return (405, {detail => 'Method Not Allowed'}, 'method') unless $method eq $paths{$path};
	$method eq 'POST' ? report($h, $body) : list($h, $query // '');
}
sub converse {
	my $c = shift;
	my $in = '';
	while (1) {
		while ($in !~ /\r\n\r\n/) { sysread($c, $in, 65536, length $in) or return }
		my ($head, $rest) = split /\r\n\r\n/, $in, 2;
		my ($first, @lines) = split /\r\n/, $head;
		my ($method, $target, $version) = split / /, $first;
		my %h = map { /^([^:]+):\s*(.*?)\s*$/ ? (lc $1 => $2) : () } @lines;
		my $n = $h{'content-length'} // 0;
		while (length $rest < $n) { sysread($c, $rest, 65536, length $rest) or return }
		my ($status, $said, $why) = $version ne 'HTTP/1.1' || !defined $h{host} || $h{'transfer-encoding'} || $h{expect}
			? (400, {detail => 'There was an error parsing the body'}, 'HTTP') : answer($method, $target, \%h, substr $rest, 0, $n);
		my $text = $json->canonical->encode($said);
		open my $f, '>>', $log;
		print $f "$status $method $target: $why\n";
		close $f;
		print $c "HTTP/1.1 $status X\r\ndate: Wed, 25 Nov 2026 08:00:00 GMT\r\nserver: uvicorn\r\ncontent-length: ", length $text,
			"\r\ncontent-type: application/json\r\n\r\n$text";
		$in = substr $rest, $n;
	}
}
sub master {
	my ($port, %children);
	($log, $tasks, $port) = @_;
	my $s = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', LocalPort => $port // 0, ReuseAddr => 1) or die $!;
	$SIG{TERM} = sub { kill KILL => keys %children; exit };
	print $s->sockport, "\n";
	while (1) {
		my $c = $s->accept or next;
		if (my $child = fork) {
			$children{$child} = 1;
			next;
		}
		$SIG{TERM} = 'DEFAULT';
		converse($c);
		exit;
	}
}

# ---- agent
sub request {
	my ($url, $method, $path, $token, $body) = @_;
	my ($place) = $url =~ m{^http://(.*)$} or die;
	my $c = IO::Socket::INET->new(PeerAddr => $place, Timeout => 5) or return (0, '');
	print $c "$method $path HTTP/1.1\r\nHost: $place\r\nUser-Agent: python-requests/2.32.3\r\nAccept-Encoding: gzip, deflate\r\n",
		"Accept: */*\r\nConnection: keep-alive\r\n";
	print $c "X-API-Key: $token\r\n" if length $token;
	print $c "Content-Length: ", length $body, "\r\nContent-Type: application/json\r\n" if defined $body;
	print $c "\r\n", $body // '';
	my $in = '';
	while ($in !~ /\r\n\r\n/) { sysread($c, $in, 65536, length $in) or return (0, '') }
	my ($status) = $in =~ /^HTTP\/1.1 (\d+)/;
	my ($n) = $in =~ /\r\ncontent-length: (\d+)/i;
	my ($head, $rest) = split /\r\n\r\n/, $in, 2;
	while (length $rest < $n) { sysread($c, $rest, 65536, length $rest) or last }
	($status, $rest);
}
# As Python writes it: its separators, its floats, its time.
sub payload {
	my ($id, $t, $status, $ms, $reason) = @_;
	my $now = time;
	my @t = gmtime int $now;
	my $at = sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0], ($now - int $now) * 1e6;
	my $s = sub { $json->allow_nonref->ascii->encode($_[0]) };
	sprintf '{"agent_id": %s, "timestamp": "%s", "check_name": %s, "domain": %s, "type": %s, "target_ip": %s, "port": %d, "status": "%s", "latency_ms": %s, "reason": %s}',
		$s->($id), $at, (map { $s->($t->{$_}) } qw(check_name domain type target_ip)), $t->{port}, $status,
		defined $ms ? sprintf('%.16f', $ms) : 'null', $s->($reason);
}
sub probe {
	my $t = shift;
	my $start = time;
	my $c = IO::Socket::INET->new(PeerAddr => $t->{target_ip}, PeerPort => $t->{port}, Timeout => $t->{timeout_sec});
	$c ? ('ok', 1000 * (time - $start), undef) : ('fail', undef, 'connection refused');
}
sub agent {
	my ($url, $token, $tags, $id, $rounds) = @_;
	my ($status, $body) = request($url, 'GET', "/api/v1/tasks?tags=$tags", $token);
	my $list = $json->decode($body)->{tasks} // die "no tasks: $body";
	print "tasks $status ", join(' ', map { "$_->{check_name}=$_->{type}" } @$list), "\n";
	for (1 .. $rounds // 1) {
		for my $t (@$list) {
			my ($code, $said) = request($url, 'POST', '/api/v1/report', $token, payload($id, $t, probe($t)));
			print "report $code $said\n";
		}
	}
}
my $what = shift // '';
$what eq 'master' ? master(@ARGV) : $what eq 'agent' ? agent(@ARGV) : die "original.pl master|agent\n";
