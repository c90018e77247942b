// Package risk says how much stake must stand behind a promise when its price moves.
package risk
