// Package bench measures what Vadium costs, always beside a reference that is measured in the same run: the least that
// any program doing the same would have to do, or the obvious other way to do it. Absolute figures belong to a machine;
// the ratios travel.
//
//	make bench            # run it all, write results.md and baseline.txt
//	make bench-compare    # run it all, hold the ratios against baseline.txt
//
// A benchmark is called like BenchmarkClear/asks=1000/by=vadium. The part by= says who does the work: vadium, or a
// reference such as gnark or file. Whatever else the name says is the size. bench/report pairs them.
//
// Every benchmark checks that what it measured is right: the proof verifies, the command was accepted, the replayed
// state is the same to the last bit. None fails on time.
//
// The package has no code to import.
package bench
