package ui

import (
	"encoding/json"
	"net/http"
	"strings"

	"clearinghouse/catalog"
)

// worker is the script of the service worker, with the addresses of this version's assets.
func (s *site) worker(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write([]byte(strings.ReplaceAll(string(s.assets["sw.js"].data), "/assets/-/", s.prefix)))
}

// offline is the page that the service worker keeps for when there is no connection.
func (s *site) offline(w http.ResponseWriter, r *request) {
	s.write(w, r, "offline", http.StatusOK, r.locale.text("offline.title", nil), "", map[string]any{})
}

// manifest is the web app manifest (W3C) of the site in a language.
func (s *site) manifest(w http.ResponseWriter, r *request) {
	home := "/" + r.locale.code + "/"
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "no-cache")
	json.NewEncoder(w).Encode(map[string]any{
		"name": r.locale.text("site.name", nil), "short_name": r.locale.text("site.name", nil), "description": r.locale.text("home.lead", nil),
		"lang": r.locale.code, "dir": catalog.Direction(r.locale.code), "id": home, "start_url": home, "scope": "/", "display": "minimal-ui",
		"background_color": "#fbfaf7", "theme_color": "#0b6e6e",
		"icons": []any{map[string]any{"src": s.prefix + "icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}},
	})
}
