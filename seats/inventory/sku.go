package inventory

import "iter"

// SKU is a product as it is bought, made up of pools.
type SKU struct {
	Name  string
	Pools []PoolID
}

// SKUReport is the pools of a SKU taken together.
type SKUReport struct {
	SKU       SKU
	Pools     []Pool   // found, in the order of the SKU
	NotFound  []PoolID // named by the SKU, and not there
	Purchased Count    // sums; unknown where one is, else unlimited where one is
	Used      Count
}

// Remaining returns purchased less used of all pools of the SKU.
func (r SKUReport) Remaining() Count { return r.Purchased.Minus(r.Used) }

// GroupBySKU takes pools together by SKU, and returns the pools in no SKU besides.
// A pool in two SKUs, or twice in one, would be counted twice: a *FieldError, as
// are a pool that occurs twice and a sum above license.MaxSeats.
func GroupBySKU(skus []SKU, pools iter.Seq[Pool]) (reports []SKUReport, rest []Pool, err error) {
	byID := make(map[PoolID]Pool)
	var order []PoolID
	for p := range pools {
		if _, twice := byID[p.ID]; twice {
			return nil, nil, &FieldError{Field: "pool id", Value: p.ID.String(), Rule: "must not occur twice"}
		}
		byID[p.ID] = p
		order = append(order, p.ID)
	}
	taken := make(map[PoolID]bool)
	for _, sku := range skus {
		report, err := group(sku, byID, taken)
		if err != nil {
			return nil, nil, err
		}
		reports = append(reports, report)
	}
	for _, id := range order {
		if !taken[id] {
			rest = append(rest, byID[id])
		}
	}
	return reports, rest, nil
}

func group(sku SKU, byID map[PoolID]Pool, taken map[PoolID]bool) (SKUReport, error) {
	report := SKUReport{SKU: sku, Purchased: Count{state: known}, Used: Count{state: known}}
	for _, id := range sku.Pools {
		if taken[id] {
			return SKUReport{}, &FieldError{Field: "SKU", Value: sku.Name, Rule: "must not hold a pool that is in a SKU already: " + id.String()}
		}
		taken[id] = true
		p, found := byID[id]
		if !found {
			report.NotFound = append(report.NotFound, id)
			continue
		}
		report.Pools = append(report.Pools, p)
		current := p.Current()
		var err error
		if report.Purchased, err = report.Purchased.plus(current.Purchased); err != nil {
			return SKUReport{}, err
		}
		if report.Used, err = report.Used.plus(current.Used); err != nil {
			return SKUReport{}, err
		}
	}
	return report, nil
}

// plus returns c + other: unknown where either is, else unlimited where either is.
func (c Count) plus(other Count) (Count, error) {
	switch {
	case c.IsZero() || other.IsZero():
		return Count{}, nil
	case c.IsUnlimited() || other.IsUnlimited():
		return Unlimited(), nil
	}
	return NewCount(int(c.n) + int(other.n))
}
