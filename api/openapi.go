package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"clearinghouse/catalog"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3gen"
)

var pathParam = regexp.MustCompile(`:(\w+)`)

// openAPI is the OpenAPI 3.1 document of the table of routes, as JSON.
func (a *api) openAPI() ([]byte, error) {
	doc := &openapi3.T{
		OpenAPI: "3.1.0",
		Info: &openapi3.Info{
			Title:       "Clearinghouse",
			Description: "Practices, materials and resources of dialogue and cooperation between cultures. Everything is readable without a key.",
			Version:     a.Version,
			License:     &openapi3.License{Name: "Apache License 2.0", URL: "https://www.apache.org/licenses/LICENSE-2.0"},
		},
		Paths: openapi3.NewPaths(),
		Components: &openapi3.Components{
			Schemas:         openapi3.Schemas{},
			SecuritySchemes: openapi3.SecuritySchemes{"key": &openapi3.SecuritySchemeRef{Value: openapi3.NewSecurityScheme().WithType("http").WithScheme("bearer")}},
		},
	}
	doc.Servers = openapi3.Servers{{URL: cmp.Or(a.BaseURL, "/")}}
	generator := openapi3gen.NewGenerator(openapi3gen.UseAllExportedFields(), openapi3gen.SchemaCustomizer(describe), openapi3gen.CreateComponentSchemas(openapi3gen.ExportComponentSchemasOptions{ExportComponentSchemas: true, ExportTopLevelSchema: true}))
	schema := func(v any) (*openapi3.SchemaRef, error) {
		return generator.NewSchemaRefForValue(v, doc.Components.Schemas)
	}
	failure, err := schema(problem{})
	if err != nil {
		return nil, err
	}
	line, err := schema(catalog.Record{})
	if err != nil {
		return nil, err
	}
	refused := openapi3.NewResponse().WithDescription("A problem document (RFC 9457)").WithContent(openapi3.NewContentWithSchemaRef(failure, []string{"application/problem+json"}))
	for _, r := range a.routes() {
		op := openapi3.NewOperation()
		op.OperationID, op.Summary = r.id, r.summary
		for _, name := range pathParam.FindAllStringSubmatch(r.path, -1) {
			op.AddParameter(openapi3.NewPathParameter(name[1]).WithSchema(openapi3.NewStringSchema()))
		}
		for _, p := range r.params {
			op.AddParameter(parameter(p))
		}
		mime, _, _ := strings.Cut(r.mime, ";")
		content := openapi3.NewContentWithSchemaRef(openapi3.NewStringSchema().NewRef(), []string{mime})
		switch mime {
		case "application/jsonl":
			each := line
			if r.id == "streamChanges" {
				if each, err = schema(change{}); err != nil {
					return nil, err
				}
			}
			content = openapi3.NewContentWithSchemaRef(each, []string{mime})
		case "application/json", "application/feed+json", "application/ld+json":
			content = openapi3.NewContentWithSchemaRef(openapi3.NewObjectSchema().NewRef(), []string{mime})
		case "":
			ref, err := schema(r.answer)
			if err != nil {
				return nil, fmt.Errorf("schema of %s: %w", r.path, err)
			}
			content = openapi3.NewContentWithJSONSchemaRef(ref)
		}
		if r.id == "getRecord" { // after the id their endings
			for _, f := range forms {
				mime, _, _ := strings.Cut(f.mime, ";")
				content[mime] = openapi3.NewMediaType().WithSchema(openapi3.NewStringSchema())
			}
		}
		op.Responses = openapi3.NewResponses(
			openapi3.WithStatus(r.statuses[0], &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription(r.summary).WithContent(content)}),
			openapi3.WithName("4XX", refused), openapi3.WithName("default", refused),
		)
		for _, status := range r.statuses[1:] {
			if response := without(status); response != nil {
				op.AddResponse(status, response)
				continue
			}
			if status == http.StatusGone { // what it was, also of a file
				ref, err := schema(setAnswer{})
				if err != nil {
					return nil, err
				}
				op.AddResponse(status, openapi3.NewResponse().WithDescription("It was removed: what it was").WithContent(openapi3.NewContentWithJSONSchemaRef(ref)))
				continue
			}
			op.AddResponse(status, openapi3.NewResponse().WithDescription(http.StatusText(status)).WithContent(content))
		}
		op.Security = openapi3.NewSecurityRequirements() // none
		if strings.Contains(r.path, "/admin/") {
			op.Security = openapi3.NewSecurityRequirements().With(openapi3.NewSecurityRequirement().Authenticate("key"))
		}
		doc.AddOperation(pathParam.ReplaceAllString(r.path, "{$1}"), cmp.Or(r.method, http.MethodGet), op)
	}
	data, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		return nil, err
	}
	loaded, err := openapi3.NewLoader().LoadFromData(data) // which resolves the references
	if err == nil {
		err = loaded.Validate(context.Background())
	}
	if err != nil {
		return nil, fmt.Errorf("the OpenAPI document is not valid: %w", err)
	}
	return data, nil
}

// without is the response with a status that has no answer of the route in it; nil if it has one.
func without(status int) *openapi3.Response {
	leads := map[int]string{
		http.StatusMovedPermanently: "It lives on in another record, which Location leads to",
		http.StatusSeeOther:         "To a browser: Location is the page about it",
	}
	if description, ok := leads[status]; ok {
		header := openapi3.Header{Parameter: openapi3.Parameter{Required: true, Schema: openapi3.NewSchemaRef("", openapi3.NewStringSchema().WithFormat("uri-reference"))}}
		response := openapi3.NewResponse().WithDescription(description)
		response.Headers = openapi3.Headers{"Location": &openapi3.HeaderRef{Value: &header}}
		return response
	}
	if status != http.StatusNotModified {
		return nil
	}
	return openapi3.NewResponse().WithDescription("The answer is still the one that If-None-Match names")
}

// describe completes what the generator finds out by itself: keys that are
// always there are required, null is a type, as OpenAPI 3.1 has it, and the tag
// enum has the only values of a text.
func describe(_ string, t reflect.Type, tag reflect.StructTag, s *openapi3.Schema) error {
	for _, value := range strings.Fields(tag.Get("enum")) {
		s.Enum = append(s.Enum, value)
	}
	if s.Type.Is("object") && t.Kind() == reflect.Struct {
		s.Required = required(t)
	}
	if s.Nullable {
		s.Nullable = false
		s.Type = &openapi3.Types{(*s.Type)[0], "null"}
	}
	return nil
}

func required(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-": // it is not in the JSON
		case f.Anonymous && f.Type.Kind() == reflect.Pointer:
			out = append(out, required(f.Type.Elem())...)
		case f.Anonymous:
			out = append(out, required(f.Type)...)
		case options != "omitempty":
			out = append(out, name)
		}
	}
	return out
}

func parameter(p catalog.Param) *openapi3.Parameter {
	var s *openapi3.Schema
	switch p.Type {
	case "integer":
		s = openapi3.NewIntegerSchema().WithMin(float64(p.Min)).WithMax(float64(p.Max))
		if n, err := strconv.Atoi(p.Default); err == nil {
			s.Default = n
		}
	case "boolean":
		s = openapi3.NewBoolSchema()
		s.Default = p.Default == "true"
	default:
		s = openapi3.NewStringSchema()
		if p.Name != "facets" { // may hold several names with commas
			for _, v := range p.Allowed {
				s.Enum = append(s.Enum, v)
			}
		}
		if p.Default != "" && !p.Repeats {
			s.Default = p.Default
		}
	}
	if p.Repeats {
		s = openapi3.NewArraySchema().WithItems(s)
	}
	out := openapi3.NewQueryParameter(p.Name).WithDescription(strings.TrimSuffix(p.Doc, ".")).WithSchema(s)
	return out
}
