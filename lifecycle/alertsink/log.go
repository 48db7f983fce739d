package alertsink

import (
	"context"
	"log/slog"

	"github.com/isvkit/isvkit/lifecycle"
)

// Log returns a sink that logs each alert as a record of level Info with the attributes
// id, rule, kind, license, org, due and late. A log that fails is not noticed, as is
// usual with logs. It is safe for concurrent use.
func Log(l *slog.Logger) lifecycle.Sink {
	return lifecycle.SinkFunc(func(ctx context.Context, m lifecycle.Message) error {
		a := m.Alert
		l.LogAttrs(ctx, slog.LevelInfo, "alert", slog.String("id", a.ID.String()), slog.String("rule", a.Rule), slog.String("kind", string(a.Kind)),
			slog.String("license", a.License.String()), slog.String("org", m.License.Org.String()),
			slog.String("due", a.Due.String()), slog.Bool("late", a.Late))
		return nil
	})
}
