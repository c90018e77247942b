package auction_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	"vadium"
	"vadium/auction"
)

// The roots of RFC 6962's reference tree (certificate-transparency's test vectors), of the first so many of its eight leaves.
func TestRootsOfTheReferenceTree(t *testing.T) {
	var leaves [][]byte
	for _, text := range []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"} {
		leaf, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leaf)
	}
	for n, want := range []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	} {
		if root := auction.Root(leaves[:n]); hex.EncodeToString(root[:]) != want {
			t.Errorf("the root of %d leaves is %v, want %s", n, root, want)
		}
	}
}

// A path leads from its leaf to the root, and from nowhere else and not to another.
func TestPathsLeadFromTheirLeafAlone(t *testing.T) {
	for n := 1; n <= 20; n++ {
		leaves := make([][]byte, n)
		for i := range leaves {
			leaves[i] = fmt.Appendf(nil, "leaf %d", i)
		}
		root := auction.Root(leaves)
		for i := range leaves {
			path := auction.Path(leaves, i)
			if !auction.Leads(path, i, n, leaves[i], root) {
				t.Fatalf("the path of leaf %d of %d does not lead to the root", i, n)
			}
			for j := -1; j <= n; j++ {
				if j != i && auction.Leads(path, j, n, leaves[i], root) {
					t.Errorf("the path of leaf %d of %d leads from place %d", i, n, j)
				}
			}
			if auction.Leads(path, i, n, []byte("another"), root) || auction.Leads(path, i, n, leaves[i], vadium.Digest{}) {
				t.Errorf("the path of leaf %d of %d leads from another leaf, or to another root", i, n)
			}
			if auction.Leads(append(path, root), i, n, leaves[i], root) {
				t.Errorf("a path that is too long leads from leaf %d of %d", i, n)
			}
			if len(path) > 0 && auction.Leads(path[1:], i, n, leaves[i], root) {
				t.Errorf("a path that is too short leads from leaf %d of %d", i, n)
			}
		}
	}
}
