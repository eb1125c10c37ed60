# nlohmann-json, MIT.
third_party_source(json)
third_party_target(json INCLUDES ${json_SOURCE_DIR}/include)
