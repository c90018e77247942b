package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"
)

// buildInfo is what `vadium version` tells.
type buildInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Dirty   bool   `json:"dirty,omitempty"`
	Go      string `json:"go"`
	Gnark   string `json:"gnark"`
}

// What `make release` built, set by the linker: a release does not record where it was built.
var releaseVersion, releaseCommit string

func readBuildInfo() buildInfo {
	info := buildInfo{Version: firstSet(releaseVersion, "development"), Commit: releaseCommit}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return info
	}
	info.Go = build.GoVersion
	if releaseVersion == "" && build.Main.Version != "" && build.Main.Version != "(devel)" {
		info.Version = build.Main.Version
	}
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			info.Commit = s.Value
		case "vcs.modified":
			info.Dirty = s.Value == "true"
		}
	}
	for _, dependency := range build.Deps {
		if dependency.Path == "github.com/consensys/gnark" {
			info.Gnark = dependency.Version
		}
	}
	return info
}

func versionCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the proving library's version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info := readBuildInfo()
			return c.show(info, func() {
				commit := firstSet(info.Commit, "unknown")
				if info.Dirty {
					commit += " (modified)"
				}
				c.facts("version", info.Version, "commit", commit, "go", info.Go, "gnark", info.Gnark)
			})
		},
	}
}
