package main

import (
	"os"

	"github.com/spf13/cobra"

	"vadium/cmd/vadium/config"
)

func configCommand(c *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check or show how a service is configured",
		Long: `Check or show how a service is configured.

A flag overrides the environment (VADIUM_...), which overrides the file (--config), which overrides the default.
docs/configuration.md lists every key.`,
	}
	check := &cobra.Command{Use: "check", Short: "Say whether a service would start with this configuration"}
	show := &cobra.Command{Use: "show", Short: "Print every effective value and where it comes from"}
	addService(c, check, show, "market", config.Of(config.DefaultMarket()))
	addService(c, check, show, "prover", config.Of(config.DefaultProver()))
	addService(c, check, show, "worker", config.Of(config.DefaultWorker()))
	addService(c, check, show, "reporter", config.Of(config.DefaultReporter()))
	cmd.AddCommand(check, show)
	return cmd
}

// addService adds one service's commands, with the same flags as the service itself.
func addService[T config.Checked](c *console, check, show *cobra.Command, name string, schema *config.Schema[T]) {
	checkOne := &cobra.Command{
		Use: name, Short: "Check the configuration of a " + name, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := loadConfig(schema, cmd)
			if err != nil {
				return err
			}
			file := firstSet(loaded.File, "no file")
			return c.show(map[string]any{"service": name, "file": loaded.File, "ok": true}, func() {
				c.say("the configuration of the %s is fine (%s)", name, file)
			})
		},
	}
	schema.AddFlags(checkOne.Flags())
	check.AddCommand(checkOne)
	showOne := &cobra.Command{
		Use: name, Short: "Show the effective configuration of a " + name, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := loadConfig(schema, cmd)
			if err != nil {
				return err
			}
			settings := loaded.Settings()
			return c.show(map[string]any{"service": name, "settings": settings}, func() {
				rows := make([][]string, len(settings))
				for i, s := range settings {
					rows[i] = []string{s.Key, s.Value, s.From}
				}
				c.table([]string{"key", "value", "from"}, rows)
			})
		},
	}
	schema.AddFlags(showOne.Flags())
	show.AddCommand(showOne)
}

// loadConfig reads a service's configuration from the command's flags, the environment, and the file they name.
func loadConfig[T config.Checked](schema *config.Schema[T], cmd *cobra.Command) (*config.Loaded[T], error) {
	loaded, err := schema.Load(config.Sources{Environ: os.Environ(), Flags: cmd.Flags()})
	return loaded, withHint(err, "every key, its unit and its default: docs/configuration.md")
}
