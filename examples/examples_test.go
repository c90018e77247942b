package examples

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vadium/circuits/membership"
	"vadium/circuits/solvency"
)

var update = flag.Bool("update", false, "write members.txt and the identities again")

// members is how many commitments are on the list.
const members = 200

// published says whose identity files are here and where on the list they stand.
var published = map[string]int{"ada": 3, "bert": 41, "carla": 77, "dmitri": 118, "esme": 199}

// club draws the identities of the list from a fixed seed. They are public, hence worthless: for tests and the demo.
func club(t *testing.T) []membership.Identity {
	t.Helper()
	seed := rand.NewChaCha8([32]byte([]byte("vadium examples: not for any use")))
	ids := make([]membership.Identity, members)
	for i := range ids {
		var err error
		if ids[i], err = membership.NewIdentity(seed); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

func golden(t *testing.T, path string, content []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, content) {
		t.Errorf("%s is not what the seed gives (run with -update)", path)
	}
}

func TestMembersAndIdentitiesBelongTogether(t *testing.T) {
	ids := club(t)
	var list strings.Builder
	list.WriteString("# Members of an example club, one identity commitment a line. Test data: all secrets are public.\n")
	for _, id := range ids {
		fmt.Fprintln(&list, id.Commitment())
	}
	golden(t, "members.txt", []byte(list.String()))
	for name, place := range published {
		file, err := json.MarshalIndent(ids[place], "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("identities", name+".TEST-ONLY.json")
		golden(t, path, append(file, '\n'))
		var id membership.Identity
		if err := json.Unmarshal(file, &id); err != nil {
			t.Fatal(err)
		}
		if _, _, err := membership.Build(strings.NewReader(list.String()), id, "example"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	outsider := filepath.Join("identities", "outsider.TEST-ONLY.json")
	id, err := membership.NewIdentity(rand.NewChaCha8([32]byte{9}))
	if err != nil {
		t.Fatal(err)
	}
	file, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, outsider, append(file, '\n'))
	if _, _, err := membership.Build(strings.NewReader(list.String()), id, "example"); err == nil {
		t.Error("the outsider is on the list")
	}
}

func TestBalanceFilesCanBeProven(t *testing.T) {
	for path, reserves := range map[string]string{"exchange-balances.csv": "18600000.00", "small-shop.csv": "400"} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		book, err := solvency.Build(f, reserves, solvency.Options{Depth: solvency.Depth64, Decimals: 2})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		t.Logf("%s: %d accounts, owed %s cents of %s", path, len(book.Accounts), book.Owed, book.Reserves)
	}
}
