# nlohmann-json, MIT.
third_party_source(json https://github.com/nlohmann/json/releases/download/v3.11.2/json.tar.xz)
third_party_target(json INCLUDES ${json_SOURCE_DIR}/include)
