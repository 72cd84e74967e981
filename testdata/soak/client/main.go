// Asks a site with a client that oapi-codegen made of its OpenAPI document.
package main

import (
	"context"
	"encoding/json"
	"os"

	"gen/client"
)

func main() {
	c, err := client.NewClientWithResponses(os.Args[1])
	if err != nil {
		panic(err)
	}
	theme := []client.SearchRecordsParamsTheme{"dialogue"}
	r, err := c.SearchRecordsWithResponse(context.Background(), &client.SearchRecordsParams{Theme: &theme})
	if err != nil {
		panic(err)
	}
	if r.JSON200 == nil {
		panic(r.Status())
	}
	one, err := c.GetRecordWithResponse(context.Background(), r.JSON200.Items[0].Id, nil)
	if err != nil {
		panic(err)
	}
	if one.JSON200 == nil {
		panic(one.Status())
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"total": r.JSON200.Total, "id": one.JSON200.Id}); err != nil {
		panic(err)
	}
}
