package clearing

import "github.com/consensys/gnark/frontend"

// A network of n = 2^d leaves is a column of n/2 switches, two networks of half the size beside one another, and a column of
// n/2 - 1 switches. A switch passes its two leaves or crosses them, the upper one of the first column into the upper
// network. The last pair leaves the networks as it comes.

// switchesFor returns how many switches permute so many leaves.
func switchesFor(leaves int) int {
	if leaves < 2 {
		return 0
	}
	if leaves == 2 {
		return 1
	}
	return leaves - 1 + 2*switchesFor(leaves/2)
}

// permute sends leaves through the network, and returns them and the switches that are left.
func permute(api frontend.API, leaves, switches []frontend.Variable) (out, rest []frontend.Variable) {
	pairs := len(leaves) / 2
	if pairs <= 1 {
		if pairs == 0 {
			return leaves, switches
		}
		upper, lower := cross(api, switches[0], leaves[0], leaves[1])
		return []frontend.Variable{upper, lower}, switches[1:]
	}
	upper, lower := make([]frontend.Variable, pairs), make([]frontend.Variable, pairs)
	for i := range pairs {
		upper[i], lower[i] = cross(api, switches[i], leaves[2*i], leaves[2*i+1])
	}
	upper, switches = permute(api, upper, switches[pairs:])
	lower, switches = permute(api, lower, switches)
	out = make([]frontend.Variable, len(leaves))
	for i := range pairs - 1 {
		out[2*i], out[2*i+1] = cross(api, switches[i], upper[i], lower[i])
	}
	out[2*pairs-2], out[2*pairs-1] = upper[pairs-1], lower[pairs-1]
	return out, switches[pairs-1:]
}

func cross(api frontend.API, s, x, y frontend.Variable) (first, second frontend.Variable) {
	moved := api.Mul(s, api.Sub(y, x))
	return api.Add(x, moved), api.Sub(y, moved)
}

// routed returns the switches that send leaf from[i] to place i, for every i.
func routed(from []int) []bool {
	pairs := len(from) / 2
	if pairs <= 1 {
		if pairs == 0 {
			return nil
		}
		return []bool{from[0] == 1}
	}
	to := make([]int, len(from))
	for place, leaf := range from {
		to[leaf] = place
	}
	entry, exit := make([]bool, pairs), make([]bool, pairs)
	within := [2][]int{make([]int, pairs), make([]int, pairs)}
	done := make([]bool, pairs)
	// The last pair's network is given; from it, and from any pair that is still free, follow what that entails.
	for start := pairs - 1; start >= 0; start-- {
		for place := 2 * start; !done[place/2]; {
			leaf := from[place] // comes through the upper network
			entry[leaf/2] = leaf%2 == 1
			within[0][place/2] = leaf / 2
			done[place/2] = true
			place = to[leaf^1] // comes through the lower one
			within[1][place/2] = leaf / 2
			exit[place/2] = place%2 == 0
			place ^= 1
		}
	}
	return append(append(append(entry, routed(within[0])...), routed(within[1])...), exit[:pairs-1]...)
}
