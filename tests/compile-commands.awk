# What `make -n -B` would run, as compile_commands.json for clangd and clang-tidy; -v d=DIRECTORY.
BEGIN { print "["; }
/ -c -o / {
	sub(/^[ \t]*@?/, "")
	file = $NF
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	printf "%s{\"directory\":\"%s\",\"file\":\"%s\",\"command\":\"%s\"}", n++ ? ",\n" : "", d, file, $0
}
END { print "\n]"; }
