#include "cli/engines.h"

#include "texture/texture_engine.h"

namespace pawfect {

EngineRegistry built_in_engines() {
  EngineRegistry registry;
  registry.add("texture", "copies fitting texture from around the hole; needs no weights",
               [](const EngineSetup&) -> Result<std::unique_ptr<FillEngine>> {
                 return make_texture_engine();
               });
  return registry;
}

}  // namespace pawfect
