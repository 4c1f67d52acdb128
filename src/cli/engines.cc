#include "cli/engines.h"

#include "flux_engine/flux_engine.h"
#include "texture/texture_engine.h"

namespace pawfect {

EngineRegistry built_in_engines() {
  EngineRegistry registry;
  registry.add("texture", "copies fitting texture from around the hole; needs no weights",
               [](const EngineSetup&) -> Result<std::unique_ptr<FillEngine>> {
                 return make_texture_engine();
               });
  registry.add("flux", "paints with FLUX.1-Fill; needs its weights (--models) and time or a card",
               make_flux_engine);
  return registry;
}

}  // namespace pawfect
