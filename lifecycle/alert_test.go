package lifecycle_test

import (
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
)

func mustAlerts(t *testing.T, c lifecycle.AlertConfig) *lifecycle.Alerts {
	t.Helper()
	alerts, err := lifecycle.NewAlerts(c)
	if err != nil {
		t.Fatal(err)
	}
	return alerts
}
