package iati

import (
	"cmp"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"clearinghouse/catalog"
)

var (
	amountForm   = regexp.MustCompile(`^-?[0-9]{1,16}(\.[0-9]{1,20})?$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// setCost takes the total of the budgets or, without any, of the commitments,
// if all are in one currency and no two budgets are about the same time.
func (d *adaption) setCost() {
	var values []value
	type period struct{ start, end string }
	budgets := map[period]budget{}
	for _, b := range d.Budgets {
		p := period{b.Start.iso(), b.End.iso()}
		other, twice := budgets[p]
		switch {
		case twice && other.revised() == b.revised():
			d.leave("cost", "ambiguous", "several budgets are for the time from %.20q", p.start)
			return
		case !twice || b.revised():
			budgets[p] = b
		}
	}
	last := ""
	inTime := func(a, b period) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) }
	for _, p := range slices.SortedFunc(maps.Keys(budgets), inTime) {
		if len(values) > 0 && p.start < last || len(budgets) > 1 && (p.start == "" || p.end == "") {
			d.leave("cost", "ambiguous", "the times of the budgets from %.20q on overlap", p.start)
			return
		}
		values, last = append(values, budgets[p].Value), max(last, p.end)
	}
	if len(values) == 0 {
		for _, t := range d.Transactions {
			if c := strings.ToUpper(strings.TrimSpace(t.Type.Code)); c == "2" || c == "C" {
				values = append(values, t.Value)
			}
		}
	}
	total, currency := new(big.Rat), ""
	for _, v := range values {
		amount, unit := strings.TrimSpace(v.Amount), strings.ToUpper(cmp.Or(strings.TrimSpace(v.Currency), strings.TrimSpace(d.Currency)))
		n, ok := new(big.Rat), amountForm.MatchString(amount)
		if ok {
			_, ok = n.SetString(amount)
		}
		switch {
		case !ok:
			d.leave("cost", "bad_value", "%.30q is no amount of money", amount)
			return
		case n.Sign() == 0:
			continue
		case !currencyForm.MatchString(unit):
			d.leave("cost", "bad_value", "%.30q is no currency of ISO 4217", unit)
			return
		case currency != "" && unit != currency:
			d.leave("cost", "ambiguous", "its parts are in %s and %s", currency, unit)
			return
		}
		currency = unit
		total.Add(total, n)
	}
	if total.Sign() > 0 {
		amount := strings.TrimSuffix(total.FloatString(2), ".00")
		if amount != "0" && len(amount) <= 18 {
			d.record.Cost = &catalog.Cost{Amount: amount, Currency: currency, Per: "project"}
		}
	}
}

func (b budget) revised() bool {
	t := strings.ToLower(strings.TrimSpace(b.Type))
	return t == "2" || t == "revised"
}
